"""How long things take beside a named peer: `make bench ONLY=NAME`. Time never decides a build."""
