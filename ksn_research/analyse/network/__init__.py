"""Who works with whom: structure, positions, mixing, roles, change, and what gatherings have to do with it.

Imports inside this folder run one way. First `cells`, `structure`, `adjacency`, `graphs`, `pivots`,
`mixing`, `setting`, `brokerage_expected`; of one relation then `positions`, `centralisation`, `holes`,
`triads`, `cohesion`, `hierarchy`, `robustness`, `silencing`, `jackknife`, `brokerage`, `homophily`,
`e_i_bounds`, `assortativity`, `communities`; regressions of ties: `permutations`, `dyads`, `qap`, `mrqap`,
`logistic`, `mrqap_logistic`, `predictors`, `strengths`; of two waves `change`, `dyad_model`, `separable`,
`meeting_pairs`, `attendance_effect`; pictures: `layout`, `places`. Modules named `..._rows` make rows of
results of these, `section` all rows of networks, and `explained_rows` those of declared regressions. People
and circles: `two_mode`, `spread`, `informal`, `expertise`, whose rows `circle_rows` and `help_rows` make, as
`declared` in the plan; `programmes_rows` puts them together.
"""
