"""Publishable results into tables, figures, sentences and pages. Nothing here computes a statistic.

Every public function takes a `Publishable` and raises `DisclosureError` for anything else. Inside, modules
build on each other in this order: formats, view, specs, outcome_tables, catalogue, layouts, tables, workbook,
canvas, drawing, likert, effects, trends, chosen, answers, courses, figure_specs, figures, sentences, pages,
circle_pages.
"""
