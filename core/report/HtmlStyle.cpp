// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/HtmlStyle.h"

namespace platter {

// No "<" and no "&" may stand here: the page is XML as well, where a style is text like any other.
const char* const reportStyle = R"css(
:root {
  --window: #F5F6F8; --surface: #FFFFFF; --text: #1B1F24; --text-second: #545C67;
  --link: #0B5CAB; --divider: #D5D9DF; --control-edge: #767E8A;
  --good-text: #17663A; --good-ground: #E5F3EA; --warning-text: #7A4600; --warning-ground: #FFF3D6;
  --problem-text: #A8231A; --problem-ground: #FCE9E7; --note-ground: #E6F0FA;
  --map-free: #E7ECEE; --map-data: #0F55A8; --map-zero: #99C7F5; --map-compressed: #049562;
  --map-snapshot: #A06192; --map-backing: #DCC274; --map-metadata: #1E222A;
  --map-leaked: #E7970E; --map-problem: #B12011;
  color-scheme: light;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --window: #1F2227; --surface: #17191C; --text: #E8EAED; --text-second: #A8B0BB;
    --link: #7DB9F5; --divider: #363B43; --control-edge: #7E8794;
    --good-text: #72D39B; --good-ground: #16301F; --warning-text: #F3C659; --warning-ground: #352A10;
    --problem-text: #FF9A8F; --problem-ground: #3A1B18; --note-ground: #152A3F;
    --map-free: #252A31; --map-data: #1385E7; --map-zero: #215083; --map-compressed: #2FE188;
    --map-snapshot: #C29CCA; --map-backing: #615124; --map-metadata: #E4E7EB;
    --map-leaked: #FFB41E; --map-problem: #F87444;
    color-scheme: dark;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 3.5rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--window); color: var(--text);
  font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
a { color: var(--link); text-underline-offset: .2em; }
a:focus-visible, [tabindex]:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
header, main, footer { max-width: 70rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.5rem; padding-bottom: 1rem; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 600; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; line-height: 1.3; font-weight: 600; margin: 0 0 .25rem; }
h3 { font-size: 1rem; font-weight: 600; margin: 1.5rem 0 .25rem; }
p { margin: .25rem 0 .75rem; max-width: 95ch; }
.second, figcaption, caption { color: var(--text-second); }
.kicker { color: var(--text-second); font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; margin: 0 0 .25rem; }
code, .mono { font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Consolas, monospace; font-size: .88em; }
nav { position: sticky; top: 0; z-index: 1; background: var(--window); border-bottom: 1px solid var(--divider); }
nav ul { max-width: 70rem; margin: 0 auto; padding: .5rem 1.5rem; list-style: none; display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; font-size: .9rem; }
nav a { text-decoration: none; display: inline-block; padding: .15rem 0; }
nav a:hover { text-decoration: underline; }
section, .verdict, .card {
  background: var(--surface); border: 1px solid var(--divider); border-radius: 6px;
}
section { padding: 1.25rem 1.5rem 1.5rem; margin: 1.25rem 0; }
.verdict { display: flex; gap: 1rem; padding: .9rem 1.25rem; margin: 1rem 0 0; align-items: flex-start; }
.verdict strong { font-size: 1.1rem; font-weight: 600; }
.verdict p { margin: .1rem 0 0; color: var(--text); }
.verdict .when { color: var(--text-second); font-size: .88rem; }
.sign { flex: none; width: 1.7rem; height: 1.7rem; border-radius: 50%; border: 2px solid currentColor; display: inline-flex; align-items: center; justify-content: center; font-weight: 700; line-height: 1; }
.good { background: var(--good-ground); color: var(--good-text); border-color: var(--good-text); }
.warning { background: var(--warning-ground); color: var(--warning-text); border-color: var(--warning-text); }
.problem { background: var(--problem-ground); color: var(--problem-text); border-color: var(--problem-text); }
.plain { background: var(--note-ground); color: var(--link); border-color: var(--link); }
.badge { display: inline-block; padding: .05rem .55rem; border-radius: 1rem; border: 1px solid; font-size: .82rem; font-weight: 600; white-space: nowrap; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem; margin: 1rem 0 0; padding: 0; }
.card { padding: .8rem 1rem; margin: 0; }
.card dt { color: var(--text-second); font-size: .9rem; }
.card dd { margin: 0; }
.card .big { font-size: 1.6rem; font-weight: 600; line-height: 1.3; }
.card .small { color: var(--text-second); font-size: .85rem; }
.remarks { list-style: none; margin: .5rem 0 0; padding: 0; }
.remarks li { display: flex; gap: .75rem; padding: .45rem 0; border-top: 1px solid var(--divider); align-items: baseline; }
.remarks li:first-child { border-top: 0; }
.remarks .badge { flex: none; width: 5.5rem; text-align: center; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .92rem; }
caption { text-align: left; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--divider); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--text-second); font-weight: 500; font-size: .85rem; white-space: nowrap; vertical-align: bottom; }
tbody th { font-weight: 500; min-width: 9rem; }
td.words { min-width: 14rem; }
td.bytes { min-width: 10rem; }
th.field { min-width: 12.5rem; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.tight, th.tight { white-space: nowrap; }
td.exact { color: var(--text-second); }
td ul { margin: .2rem 0 0; padding-left: 1.1rem; }
tr.wrong td, tr.wrong th { background: var(--problem-ground); }
.wrong-text { color: var(--problem-text); font-weight: 500; }
figure { margin: 1rem 0; }
figcaption { font-size: .88rem; margin-top: .4rem; }
svg { display: block; max-width: 100%; }
svg.map { width: 100%; height: auto; border: 1px solid var(--divider); border-radius: 4px; background: var(--map-free); shape-rendering: crispEdges; }
svg.bar { width: 100%; height: 28px; border-radius: 4px; shape-rendering: crispEdges; }
svg.share { width: 7rem; height: 8px; border-radius: 2px; margin-top: .45rem; }
svg.counts { height: auto; margin: .5rem 0; }
svg.counts text { fill: var(--text); font-size: 12px; text-anchor: middle; }
svg.counts .tick { fill: var(--text-second); }
svg.counts .axis { stroke: var(--control-edge); fill: none; }
.cross { stroke: var(--surface); stroke-width: 1.5px; vector-effect: non-scaling-stroke; fill: none; shape-rendering: auto; }
.w1 { opacity: .45; } .w2 { opacity: .72; }
.k-data { fill: var(--map-data); background: var(--map-data); }
.k-zero { fill: var(--map-zero); background: var(--map-zero); }
.k-compressed { fill: var(--map-compressed); background: var(--map-compressed); }
.k-snapshot { fill: var(--map-snapshot); background: var(--map-snapshot); }
.k-backing { fill: var(--map-backing); background: var(--map-backing); }
.k-metadata { fill: var(--map-metadata); background: var(--map-metadata); }
.k-leaked { fill: var(--map-leaked); background: var(--map-leaked); }
.k-problem { fill: var(--map-problem); background: var(--map-problem); }
.k-free { fill: var(--map-free); background: var(--map-free); }
.k-unread { fill: var(--surface); background: var(--surface); }
.swatch { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px; border: 1px solid var(--control-edge); margin-right: .6rem; vertical-align: -.08rem; }
table.tree tbody th, table.tree td { padding-top: .5rem; padding-bottom: .5rem; }
td.format { min-width: 11rem; }
table.tree td.graph { position: relative; padding: 0; }
svg.lanes { position: absolute; top: 0; left: 0; height: 100%; max-width: none; overflow: visible; }
.line { fill: none; stroke: var(--control-edge); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.line.guessed { stroke-dasharray: 3 4; }
.dot { fill: none; stroke: var(--map-snapshot); stroke-width: 11px; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.dot.now { stroke: var(--map-data); }
details { margin: .5rem 0; }
summary { cursor: pointer; color: var(--link); padding: .2rem 0; }
.finding { border-top: 1px solid var(--divider); padding: 1rem 0 .25rem; }
.finding h3 { margin: 0 0 .4rem; }
.finding dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .4rem 0 .6rem; }
.finding dt { color: var(--text-second); }
.finding dd { margin: 0; max-width: 95ch; }
footer { color: var(--text-second); font-size: .85rem; padding-top: .5rem; padding-bottom: 3rem; }
@media (max-width: 40rem) {
  header, main, footer, nav ul { padding-left: .9rem; padding-right: .9rem; }
  section { padding-left: .9rem; padding-right: .9rem; }
  .finding dl { grid-template-columns: 1fr; }
  section { overflow-x: auto; }
  tbody th { min-width: 0; }
  th.exact, td.exact { display: none; }
}
@media print {
  @page { margin: 15mm; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  body { background: var(--surface); font-size: 10pt; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  nav { display: none; }
  section { border: 0; border-top: 1px solid var(--divider); border-radius: 0; padding: .75rem 0; margin: .5rem 0; }
  h2, h3, summary { break-after: avoid; }
  tr, figure, .card, .verdict { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
}
)css";

} // namespace platter
