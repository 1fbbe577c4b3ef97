"""The style sheet of a report: light, dark, on paper, and on a phone."""

from typing import Final

from tracker_magic.charts.style import THEMES, ThemeName, css_variables

_RULES: Final = """\
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 980px; padding: 1.5rem 1.25rem 3rem; background: var(--chart-paper-0);
  color: var(--chart-ink-0); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
h1 { margin: 0 0 .25rem; font-size: 1.9rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 0 0 .25rem; font-size: 1.3rem; line-height: 1.3; }
p { margin: 0 0 .5rem; max-width: 46rem; overflow-wrap: anywhere; }
a { color: var(--link); }
header p { margin: 0; color: var(--chart-muted-0); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .75rem 0 0; padding: 0; list-style: none; }
section { margin-top: 2rem; padding-top: 1.25rem; border-top: 1px solid var(--chart-grid-0); }
figure { margin: .5rem 0; }
svg { display: block; width: 100%; height: auto; }
.narrow { display: none; }
.table { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; }
th { color: var(--chart-muted-0); font-weight: 600; }
td { border-top: 1px solid var(--chart-grid-0); overflow-wrap: break-word; }
td.number { white-space: nowrap; }
.number { text-align: right; }
td a { white-space: nowrap; }
.below td { padding-top: 0; border-top: none; }
.notes { margin: 0 0 .5rem; padding-left: 1.2rem; max-width: 46rem; overflow-wrap: anywhere; }
.note { margin: .1rem 0; max-width: none; color: var(--chart-muted-0); font-size: .84rem; line-height: 1.4; }
@media (max-width: 640px) {
  body { padding: 1rem 1rem 2rem; }
  .wide { display: none; }
  .narrow { display: block; }
  table { font-size: .86rem; }
  th, td { padding-right: .5rem; }
  td.number:last-child { white-space: normal; }
}
@media print {
  :root { color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  nav { display: none; }
  .wide { display: block; }
  .narrow { display: none; }
  .table { overflow: visible; }
  a { color: inherit; text-decoration: none; }
  figure, tr { break-inside: avoid; }
  .below { break-before: avoid; }
  h2, h2 + p { break-after: avoid; }
}"""
_LINKS: Final[dict[ThemeName, str]] = {"light": "#0a58a8", "dark": "#7cc0f5"}


def style_sheet() -> str:
    """Return the rules, with the colours of the charts as variables."""
    dark = f"@media screen and (prefers-color-scheme: dark) {{\n{_variables('dark')}\n}}"
    return f"{_variables('light')}\n{dark}\n{_RULES}"


def _variables(theme: ThemeName) -> str:
    colours = {**css_variables(THEMES[theme]), "--link": _LINKS[theme]}
    return f":root {{ {' '.join(f'{name}: {colour};' for name, colour in colours.items())} }}"
