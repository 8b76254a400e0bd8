"""Who works with whom: structure, mixing, change, and what gatherings have to do with it.

Imports inside this folder run one way: `structure`; then `mixing`, `change` and `setting`; then
`attendance_effect` (from `mixing` and `change`); then `section`.
"""
