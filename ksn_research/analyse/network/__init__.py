"""Who works with whom: structure, positions, mixing, roles, change, and what gatherings have to do with it.

Imports inside this folder run one way. First `structure`, `graphs`, `setting`, `brokerage_expected`; of one
relation then `positions`, `centralisation`, `holes`, `triads`, `cohesion`, `hierarchy`, `robustness`,
`mixing`, `brokerage`, `homophily`, `assortativity`, `communities`; regressions of ties: `qap`, `mrqap`,
`mrqap_logistic`, `predictors`; of two waves `change`, `dyad_model`, `separable`, `meeting_pairs`,
`attendance_effect`; `section` makes the rows of networks. People and circles: `two_mode`, `spread`,
`informal`, `expertise`, whose rows `circle_rows` and `help_rows` make, as `declared` in the plan;
`programmes_rows` puts them together.
"""
