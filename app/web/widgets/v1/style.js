// How widgets look. A page changes it by custom properties on the element or above it, such as
// `clearpost-post-check { --clearpost-accent: #7a0019 }`; docs/widgets.md lists them.

const DARK = `  --accent: var(--clearpost-accent, #8ec5ff);
  --text: var(--clearpost-text, #eceff3);
  --soft: var(--clearpost-soft, #b4bcc7);
  --ground: var(--clearpost-ground, #15191e);
  --raised: var(--clearpost-raised, #20262d);
  --line: var(--clearpost-line, #8b95a3);
  --allow: var(--clearpost-allow, #7ddba1);
  --review: var(--clearpost-review, #ffca6b);
  --deny: var(--clearpost-deny, #ff9b9b);
  color-scheme: dark;
`;

const RULES = `
:host {
  --accent: var(--clearpost-accent, #0b57a4);
  --text: var(--clearpost-text, #1b1f24);
  --soft: var(--clearpost-soft, #555d68);
  --ground: var(--clearpost-ground, #ffffff);
  --raised: var(--clearpost-raised, #f4f6f8);
  --line: var(--clearpost-line, #757d88);
  --allow: var(--clearpost-allow, #17643a);
  --review: var(--clearpost-review, #7a4a00);
  --deny: var(--clearpost-deny, #a4161a);
  --radius: var(--clearpost-radius, 6px);
  display: block;
  container-type: inline-size;
  color: var(--text);
  font: 1rem/1.5 var(--clearpost-font, system-ui, sans-serif);
  color-scheme: light;
}
:host([hidden]) { display: none; }
:host([theme="dark"]) {
${DARK}}
@media (prefers-color-scheme: dark) {
  :host(:not([theme="light"])) {
${DARK}  }
}
* { box-sizing: border-box; }
.widget {
  background: var(--ground);
  border: 1px solid var(--line);
  border-radius: var(--radius);
  padding: 1rem;
  overflow-wrap: anywhere;
}
h2, h3 { margin: 0 0 .5rem; line-height: 1.25; }
h2 { font-size: 1.25rem; }
h3 { font-size: 1rem; }
p + h3, ul + h3 { margin-block-start: .9rem; }
p { margin: .25rem 0; }
ul, ol { margin: .5rem 0; padding: 0; list-style: none; }
.field { margin: 0 0 .9rem; }
label, legend { display: block; font-weight: 600; padding: 0; margin-block-end: .3rem; }
legend { font-size: 1.0625rem; margin-block-end: .5rem; }
.field > .note:not(:empty) { margin-block-start: .3rem; }
fieldset { border: 0; margin: 0 0 .9rem; padding: 0; min-inline-size: 0; }
.needed, .note, .clause, .who, .receipt { color: var(--soft); font-weight: 400; font-size: .875rem; }
.choice { display: flex; gap: .5rem; align-items: baseline; font-weight: 400; padding: .15rem 0; margin: 0; }
.place:has(> .choice) { margin-block-end: .9rem; }
input:not([type="checkbox"], [type="radio"]), select, textarea {
  inline-size: 100%;
  min-block-size: 2.75rem;
  padding: .5rem .6rem;
  color: inherit;
  background: var(--ground);
  border: 1px solid var(--line);
  border-radius: var(--radius);
  font: inherit;
}
textarea { min-block-size: 6rem; resize: vertical; }
textarea.short { min-block-size: 3.5rem; }
[aria-invalid="true"] { border-color: var(--deny) !important; border-inline-start-width: 4px !important; }
button {
  min-block-size: 2.75rem;
  padding: .4rem 1rem;
  font: inherit;
  font-weight: 600;
  color: var(--ground);
  background: var(--accent);
  border: 1px solid var(--accent);
  border-radius: var(--radius);
  cursor: pointer;
}
button.quiet { color: var(--accent); background: transparent; }
button:disabled { opacity: .6; cursor: default; }
/* A form that is decided is there to be read. */
:disabled:is(input, select, textarea) { opacity: 1; color: inherit; -webkit-text-fill-color: currentcolor; background: var(--raised); }
.all:disabled :is(.combobox input, .remove, .needed, .field > .note) { display: none; }
.all:disabled .combobox .field { margin-block-end: 0; }
.all:disabled .taken { margin-block-start: 0; }
.all:disabled :is(.people, .person) { margin-block-start: 0; padding-block-start: 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
.row > * { flex: 1 1 12rem; min-inline-size: 0; }
.media .row { align-items: start; }
.picked { margin-block: .25rem .9rem; }
.row > .choice { min-block-size: 2.75rem; align-items: center; margin-block-end: .9rem; }
.outcome { font-weight: 700; }
.outcome::before { content: "" / ""; display: inline-block; inline-size: 1.25em; }
.outcome.allow { color: var(--allow); }
.outcome.allow::before { content: "\\2713" / ""; }
.outcome.review { color: var(--review); }
.outcome.review::before { content: "?" / ""; }
.outcome.deny { color: var(--deny); }
.outcome.deny::before { content: "\\2715" / ""; }
.outcome.pending { color: var(--soft); }
.verdict {
  margin: .75rem 0;
  padding: .75rem;
  background: var(--raised);
  border-inline-start: 5px solid var(--line);
  border-radius: var(--radius);
}
.verdict.allow { border-color: var(--allow); }
.verdict.review { border-color: var(--review); }
.verdict.deny { border-color: var(--deny); }
.verdict > .outcome { display: block; font-size: 1.25rem; }
.apart { border-block-start: 1px solid var(--line); margin-block-start: .9rem; padding-block-start: .9rem; }
.finding { padding: .5rem .6rem; border-inline-start: 3px solid var(--line); margin: .5rem 0; }
.finding.allow { border-color: var(--allow); }
.finding.review { border-color: var(--review); }
.finding.deny { border-color: var(--deny); }
.line { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; }
.line > :first-child { flex: 1 1 10rem; min-inline-size: 0; }
.badge p { margin: .1rem 0; }
.mark { display: inline-block; font-weight: 700; }
.mark::before { display: inline-block; inline-size: 1.25em; content: "?" / ""; }
.mark.official { color: var(--allow); }
.mark.official::before { content: "\\2713" / ""; }
.mark.not_official, .mark.lookalike { color: var(--deny); }
.mark.not_official::before { content: "\\2715" / ""; }
.mark.lookalike::before { content: "!" / ""; }
a { color: var(--accent); }
.taken { margin: -.5rem 0 .9rem; }
.taken:empty { display: none; }
.said:not(:empty) { margin-block-end: .9rem; }
fieldset > .place:last-child { margin-block-end: 0; }
.jump { inline-size: 100%; text-align: start; font-weight: 400; }
.jump .message { text-decoration: underline; }
.reminders li { margin: .35rem 0; }
.which { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.which > p { flex-basis: 100%; }
.actions:not([hidden]) { display: flex; flex-wrap: wrap; gap: .75rem; margin: .75rem 0; }
summary { min-block-size: 2.75rem; padding-block: .6rem; cursor: pointer; font-weight: 600; }
.person { padding: .4rem 0; }
.person:not(:last-child) { border-block-end: 1px solid var(--line); }
.people:not(:empty), .media:not(:empty) { margin-block-end: .9rem; }
.remove { min-inline-size: 2.75rem; padding: 0; }
.options { border: 1px solid var(--line); border-radius: var(--radius); margin: -.6rem 0 .9rem;
  max-block-size: 18rem; overflow: auto; background: var(--ground); }
.option { padding: .55rem .6rem; cursor: pointer; }
.option[aria-selected="true"], .option:hover { background: var(--accent); color: var(--ground); }
.option[aria-selected="true"] .note, .option:hover .note { color: inherit; }
.long { max-block-size: 24rem; overflow: auto; }
.fault { color: var(--deny); font-weight: 600; }
.alert:empty, .status:empty, ul:empty { display: none; }
.alert { color: var(--deny); border: 2px solid var(--deny); border-radius: var(--radius);
  padding: .25rem .75rem; margin: .75rem 0; font-weight: 600; }
.hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: no-preference) { button { transition: filter .1s; } }
button:hover:not(:disabled) { filter: brightness(1.08); }
@media (forced-colors: active) {
  .verdict, .finding { border-color: CanvasText; }
  .option[aria-selected="true"] { forced-color-adjust: none; background: Highlight; color: HighlightText; }
}
`;

export const sheet = new CSSStyleSheet();
sheet.replaceSync(RULES);
