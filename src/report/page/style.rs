//! The page's one style sheet, for light and dark. Charts take their colours
//! from its variables.

pub const SHEET: &str = "
:root{--ink:#1c2430;--soft:#5b6675;--faint:#8a94a3;--line:#e2e6ec;--ground:#fbfcfd;--card:#fff;--accent:#2f6fb5;
--good:#4c9a78;--doubt:#d9a441;--void:#a08bc2;--bad:#c9584f;--none:#e6e9ee;--for:#2f8f83;--against:#c06a4a;
--s0:#3d7ab8;--s1:#e0984a;--s2:#55a37f;--s3:#b5668f;--s4:#7f74c4;--s5:#5fa9bf;--s6:#b59a3e;--s7:#8792a2;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#a6b0be;--faint:#7b8696;--line:#2a323d;--ground:#12161c;
--card:#191f27;--accent:#6ea8e0;--good:#5fb08c;--doubt:#d8a94f;--void:#a896cc;--bad:#d87068;--none:#2a313b;
--for:#4fb3a6;--against:#d98862;--s0:#5b95cf;--s1:#dba05c;--s2:#66b38f;--s3:#c47ba1;--s4:#978dd6;--s5:#74b9cd;
--s6:#c4aa55;--s7:#8792a2;--on:#12161c}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:60rem;margin:0 auto;padding:3rem 1.5rem 1rem}
header{margin-bottom:3.5rem}
.eyebrow{margin:0;color:var(--soft);font-size:.85rem;letter-spacing:.04em}
h1{margin:.2rem 0 .4rem;font-size:clamp(1.7rem,4.5vw,2.7rem);line-height:1.15;font-weight:650;letter-spacing:-.02em}
h1 em{font-style:normal;color:var(--accent)}
h2{margin:0 0 .3rem;font-size:1.35rem;font-weight:650;letter-spacing:-.01em}
h3{margin:2rem 0 .2rem;font-size:1rem;font-weight:600}
p{margin:.3rem 0 1rem;max-width:44rem}
.lead{font-size:1.08rem;color:var(--soft)}
.quiet,figcaption{color:var(--soft);font-size:.88rem}
section{margin:0 0 3.2rem;padding-top:1.6rem;border-top:1px solid var(--line)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.8rem;margin:1.6rem 0 0}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem}
dt{color:var(--soft);font-size:.82rem}
dd{margin:0}dd strong{display:block;font-size:1.45rem;font-weight:620;letter-spacing:-.01em;line-height:1.3}
dd span{color:var(--faint);font-size:.8rem}
figure{margin:.6rem 0 1.2rem;overflow-x:auto}
svg{display:block;max-width:100%;height:auto}
.wide svg{max-width:none}
svg text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;fill:var(--ink)}
svg .soft{fill:var(--soft)}svg .small{font-size:11px}svg .on{fill:var(--on)}svg .end{text-anchor:end}svg .mid{text-anchor:middle}
svg .rule{stroke:var(--line);stroke-width:1}svg .mark{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:4 3}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;margin:.2rem 0 .6rem;font-size:.85rem;color:var(--soft)}
.legend i{display:inline-block;width:.75em;height:.75em;border-radius:3px;margin-right:.4em}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:.8rem;padding:0;margin:.8rem 0;list-style:none}
.cards li{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem;font-size:.88rem;overflow-wrap:anywhere}
.cards strong{font-size:1rem}.cards code{color:var(--soft)}
code{font:.85em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:0 2rem}
details{margin:1rem 0}summary{cursor:pointer;color:var(--accent)}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.86rem;margin:.8rem 0;width:100%}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:500}.number{text-align:right}
footer{max-width:60rem;margin:0 auto;padding:1rem 1.5rem 3rem;color:var(--faint);font-size:.82rem}
@media print{body{background:#fff}section{break-inside:avoid}details{display:block}}
";
