"""The restricted Pod Security profile, field by field, as the Pod Security Standards write it down."""

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
SECCOMP = {"RuntimeDefault", "Localhost"}
HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")
SAFE_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
}


def containers(pod):
    return [one for key in ("initContainers", "containers", "ephemeralContainers") for one in pod.get(key, [])]


def violations(pod):
    """What the profile forbids and this pod asks for, a field each; empty when the cluster takes it."""
    found = [f"{field} is set" for field in HOST_FIELDS if pod.get(field)]
    for volume in pod.get("volumes", []):
        found += [f"volume {volume['name']} is a {kind}" for kind in volume.keys() - {"name"} - VOLUMES]
    security = pod.get("securityContext", {})
    found += [f"sysctl {one['name']}" for one in security.get("sysctls", []) if one["name"] not in SAFE_SYSCTLS]
    found += _identity(security, "pod")
    for one in containers(pod):
        found += _container(one, security)
    return found


def _identity(security, who):
    """Fields that mean the same for a pod and for a container."""
    if security.get("runAsUser") == 0:
        yield f"{who} has runAsUser 0"
    if security.get("seLinuxOptions", {}).get("user") or security.get("seLinuxOptions", {}).get("role"):
        yield f"{who} chooses its SELinux user or role"
    if security.get("seccompProfile", {}).get("type", "RuntimeDefault") not in SECCOMP:
        yield f"{who} has an unsafe seccompProfile"
    if security.get("appArmorProfile", {}).get("type", "RuntimeDefault") not in SECCOMP:
        yield f"{who} has an unsafe appArmorProfile"
    if security.get("windowsOptions", {}).get("hostProcess"):
        yield f"{who} is a host process"


def _container(one, pod_security):
    security = one.get("securityContext", {})
    yield from _identity(security, one["name"])
    if security.get("privileged"):
        yield f"{one['name']} is privileged"
    if security.get("allowPrivilegeEscalation") is not False:
        yield f"{one['name']} allows privilege escalation"
    if "ALL" not in security.get("capabilities", {}).get("drop", []):
        yield f"{one['name']} does not drop ALL capabilities"
    for added in set(security.get("capabilities", {}).get("add", [])) - {"NET_BIND_SERVICE"}:
        yield f"{one['name']} adds the capability {added}"
    if security.get("runAsNonRoot", pod_security.get("runAsNonRoot")) is not True:
        yield f"{one['name']} may run as root"
    if "seccompProfile" not in {**pod_security, **security}:
        yield f"{one['name']} has no seccompProfile"
    if security.get("procMount", "Default") != "Default":
        yield f"{one['name']} has an unmasked /proc"
    if any(port.get("hostPort") for port in one.get("ports", [])):
        yield f"{one['name']} takes a port of the host"
