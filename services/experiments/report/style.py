"""The report's looks: the studio's paper and ink, light and dark as the system asks; made to print too."""

CSS = """
:root { color-scheme: light dark; --paper: #FCFAF5; --raised: #F4F0E7; --ink: #211D18; --soft: #5C554A;
  --line: #DFD8CA; --accent: #2B44C7; --good: #006248; --bad: #9A2D15; --wash: #DDF0E8; }
@media (prefers-color-scheme: dark) { :root { --paper: #141312; --raised: #1F1D1B; --ink: #E9E4DA;
  --soft: #B9B1A4; --line: #3A3632; --accent: #A3B0FF; --good: #6FD6B1; --bad: #F3A28D; --wash: #15332A; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, "Noto Sans KR",
  "Noto Sans CJK KR", "Malgun Gothic", sans-serif; word-break: keep-all; overflow-wrap: anywhere; }
main { max-width: 1180px; margin: 0 auto; padding: 4rem 2.5rem 5rem; }
h1, h2, h3, .verdict { font-family: Georgia, "Noto Serif KR", "Noto Serif CJK KR", serif; font-weight: 400;
  letter-spacing: -0.01em; text-wrap: balance; line-height: 1.2; }
h1 { font-size: 2.6rem; margin: 0.3rem 0 0.4rem; }
h2 { font-size: 1.65rem; margin: 4rem 0 0.5rem; padding-top: 1.4rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.2rem; margin: 2.2rem 0 0.5rem; }
p, ul { max-width: 46rem; margin: 0.4rem 0; }
.kicker { color: var(--accent); font-weight: 600; font-size: 0.9rem; }
.soft, .lead { color: var(--soft); } .lead { font-size: 0.95rem; margin-bottom: 1.2rem; text-wrap: pretty; }
.verdict { font-size: 1.6rem; max-width: 40rem; margin: 2.5rem 0 1rem; padding-left: 1.2rem;
  border-left: 3px solid var(--soft); }
.verdict.helped { border-color: var(--good); } .verdict.behind { border-color: var(--bad); }
.sentences { padding: 0; list-style: none; } .sentences li { margin: 0.45rem 0; }
.notes { margin-top: 1.5rem; padding: 1rem 1.3rem; background: var(--raised); border-radius: 0.5rem;
  max-width: 46rem; font-size: 0.95rem; }
.notes h3 { margin: 0 0 0.3rem; font-family: inherit; font-size: 0.95rem; font-weight: 600;
  letter-spacing: 0; }
.notes ul { margin: 0; padding-left: 1.1rem; }
.wide { overflow-x: auto; } .wide:focus-visible { outline: 2px solid var(--accent); outline-offset: 4px; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
td { min-width: 6.5rem; } .matrix td { min-width: 0; }
th, td { text-align: left; vertical-align: top; padding: 0.6rem 1.2rem 0.6rem 0;
  border-bottom: 1px solid var(--line); }
.settings thead th { padding: 0; border: 0; } .settings tbody th { width: 16rem; }
thead th { font-weight: 600; color: var(--soft); font-size: 0.85rem; vertical-align: bottom; }
tbody th { font-weight: 600; min-width: 9rem; } th small, td small { font-weight: 400; }
.figures td { font-variant-numeric: tabular-nums; white-space: nowrap; }
.figures small { display: block; line-height: 1.5; } .figures small, .matrix small { color: var(--soft);
  font-size: 0.8rem; }
.figures small.shown { font-weight: 600; } .figures small.ahead { color: var(--good); } .figures
  small.behind { color: var(--bad); }
.matrix { table-layout: fixed; min-width: calc(4.5rem + var(--columns) * 11rem); }
.matrix thead th:first-child { width: 6.4rem; } .matrix tbody th { min-width: 0; font-weight: 400; }
.matrix tbody th { color: var(--soft);
  font-size: 0.85rem; }
.matrix td, .matrix th { padding: 0.7rem 0.8rem 0.7rem 0; border: 0; }
.matrix thead th { color: var(--ink); font-size: 0.95rem; }
.matrix td > img { display: block; width: 100%; border-radius: 0.35rem; background: var(--raised); }
.final { display: flex; align-items: baseline; gap: 0.5rem; margin: 0.35rem 0 0; }
.final b { font: 400 1.25rem/1.2 Georgia, serif; font-variant-numeric: tabular-nums; }
.final span { color: var(--good); font-size: 0.8rem; }
.matrix dl { display: grid; grid-template-columns: 1fr auto; margin: 0.2rem 0 0; font-size: 0.78rem;
  color: var(--soft); line-height: 1.45; }
.matrix dd { margin: 0; font-variant-numeric: tabular-nums; text-align: right; }
.strip { display: flex; flex-wrap: wrap; gap: 4px; margin: 0.4rem 0 0; }
.strip img { width: 44px; height: 44px; object-fit: cover; border-radius: 4px; display: block; }
.photos img { width: 72px; height: 72px; }
.lost { color: var(--soft); font-size: 0.8rem; margin: 0; padding: 0.8rem; border: 1px dashed var(--line); }
.intervals { width: 100%; max-width: 860px; height: auto; display: block; }
.intervals text { fill: var(--ink); font-size: 14px; }
.intervals .name { text-anchor: end; } .intervals .tick { text-anchor: middle; fill: var(--soft);
  font-size: 13px; }
.intervals .none { fill: var(--soft); }
.intervals .grid { stroke: var(--line); } .intervals .zero { stroke: var(--ink); stroke-width: 1.5; }
.intervals .bar { stroke: currentColor; stroke-width: 2; stroke-linecap: round; }
.intervals circle { fill: currentColor; stroke: var(--paper); stroke-width: 2; }
.intervals .ahead { color: var(--good); fill: var(--good); } .intervals .behind { color: var(--bad);
  fill: var(--bad); } .intervals g.open { color: var(--soft); }
.plan { padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 0.3rem 1.4rem; font-size: 0.9rem;
  max-width: none; } .plan b { font-weight: 600; font-variant-numeric: tabular-nums; }
pre { background: var(--raised); padding: 1rem 1.3rem; border-radius: 0.5rem; overflow-x: auto;
  font: 0.9rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 40rem) { main { padding: 2rem 1.2rem; } h1 { font-size: 2rem; } }
@media print { :root { color-scheme: light; } main { max-width: none; padding: 0; } tr, figure { break-inside:
  avoid; } h2, h3 { break-after: avoid; } }
"""
