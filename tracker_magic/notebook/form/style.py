"""How the form looks: JupyterLab's colours, with fallbacks for front ends that have none; labels above fields."""

from typing import Final

CLASS: Final = "tm-login"

STYLE: Final = """<style>
.tm-login { max-width: 38em; box-sizing: border-box; padding: 12px 16px 14px; border-radius: 6px;
  border: 1px solid var(--jp-border-color1, #8886); background: var(--jp-layout-color1, transparent);
  color: var(--jp-ui-font-color1, inherit); font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  overflow-wrap: anywhere; }
.tm-login .widget-html, .tm-login .widget-html-content { height: auto; line-height: 1.45; margin: 0;
  color: var(--jp-ui-font-color1, inherit); font-size: var(--jp-ui-font-size1, 13px); }
.tm-login .widget-html, .tm-login .widget-html-content { overflow: visible; width: 100%; }
.tm-login .tm-title { font-size: 1.3em; font-weight: 600; margin-bottom: 4px; }
.tm-login .tm-small { color: var(--jp-ui-font-color2, inherit); font-size: .95em; }
.tm-login .tm-small ol { margin: 2px 0 0; padding-left: 1.6em; }
.tm-login a { color: var(--jp-content-link-color, #1a73e8); text-decoration: underline; }
.tm-login .widget-text, .tm-login .widget-dropdown { display: flex; flex-flow: column; align-items: stretch;
  width: 100%; height: auto; margin: 4px 0 0; }
.tm-login .widget-text > .widget-label, .tm-login .widget-dropdown > .widget-label { width: auto; max-width: none;
  height: auto; text-align: left; white-space: normal; line-height: 1.4; margin: 0 0 2px; font-weight: 600;
  color: var(--jp-ui-font-color1, inherit); }
.tm-login .widget-text > input, .tm-login .widget-dropdown > select { flex: none; width: 100%; min-width: 0;
  height: 30px; box-sizing: border-box; }
.tm-login .widget-dropdown > select { appearance: auto; background-image: none; padding: 0 4px; }
.tm-login .tm-shown { margin: 8px 0; line-height: 2; }
.tm-login .tm-code { font-family: var(--jp-code-font-family, monospace); font-size: 1.7em; letter-spacing: .08em;
  padding: 2px 10px; border-radius: 4px; user-select: all; -webkit-user-select: all;
  border: 1px solid var(--jp-border-color1, #8886);
  background: var(--jp-layout-color2, transparent); color: var(--jp-ui-font-color0, inherit); }
.tm-login .tm-copy { font: inherit; margin-left: 6px; padding: 3px 12px; cursor: pointer; vertical-align: .3em;
  border-radius: 3px; border: 1px solid var(--jp-border-color1, #8886);
  background: var(--jp-layout-color2, transparent); color: inherit; }
.tm-login .tm-problem { margin-top: 6px; padding: 6px 10px; border-left: 4px solid var(--jp-error-color1, #d32f2f);
  background: var(--jp-layout-color2, transparent); }
.tm-login table.tm-who { border-collapse: collapse; margin: 0; font-size: inherit; }
.tm-login table.tm-who th, .tm-login table.tm-who td { text-align: left; padding: 2px 12px 2px 0; border: 0;
  background: transparent; vertical-align: top; white-space: normal; }
.tm-login table.tm-who th { font-weight: normal; color: var(--jp-ui-font-color2, inherit); white-space: nowrap; }
.tm-login .tm-buttons { flex-flow: row wrap; gap: 6px; margin-top: 8px; }
.tm-login .tm-buttons .jupyter-button { width: auto; min-width: 7em; margin: 0; }
.tm-login .jupyter-button:focus-visible, .tm-login input:focus-visible, .tm-login select:focus-visible,
.tm-login .tm-copy:focus-visible, .tm-login .tm-code:focus-visible, .tm-login a:focus-visible {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px; }
</style>"""
