"""Text into typed records, by the plan. An unknown answer is a finding, never a missing value.

`answers` types one column, `responses` a survey export, `tables` rosters, attendance and other records,
`ties` nominations and edge lists, `talk` coded interviews, `events` platform activity. Each returns its
table with what it set aside (`Account`) and what it found (`Finding`).
"""
