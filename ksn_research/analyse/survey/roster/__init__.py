"""The known roster: who answered of it, what the answers say of it, how many more are needed."""
