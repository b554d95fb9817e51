"""The ticket dialect: each request is an array that opens with a ticket. Upbit designed it, Bithumb adopted it."""
