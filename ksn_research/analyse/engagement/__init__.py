"""Who came, came again and became a member; how sessions were rated; who is thanked; what is used afterwards.

Imports inside this folder run one way. First `attendance`, `inequality`, `survival`; then `reach`, `ratings`,
`recency`, `retention`, `conversion`, `mixing_at_events`; of what the plan declares, `declared`, and of it
`recognition`, `exchange`, `views`, `funnels`. `section` puts the rows of all together.
"""
