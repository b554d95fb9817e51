// node custom_resources.mjs FOLDER FILE…: what the Prometheus operator's schemas in FOLDER/node_modules say against the
// objects in each JSON file, as {file: [sentence, …]}.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, ...files] = process.argv.slice(2);
const home = `${folder}/node_modules/@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/index.js`;
const kinds = await import(pathToFileURL(home));

function complaint(object) {
  const Kind = kinds[object.kind];
  if (!Kind || object.apiVersion !== Kind.apiVersion) return `${object.apiVersion} has no kind ${object.kind}`;
  try {
    new Kind(object).validate();
    return "";
  } catch (error) {
    return `${object.kind}: ${error.message}`;
  }
}

const said = files.map((file) => [file, JSON.parse(readFileSync(file, "utf8")).map(complaint).filter(Boolean)]);
process.stdout.write(JSON.stringify(Object.fromEntries(said)));
