/** The one style sheet: light and dark, from a telephone to a wide screen. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ground: #f4f5f7;
  --card: #ffffff;
  --text: #16191f;
  --muted: #5a6272;
  --line: #d5d9e0;
  --accent: #2456d6;
  --accent-text: #ffffff;
  --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101318;
    --card: #191d24;
    --text: #eceff4;
    --muted: #a0a8b8;
    --line: #343b47;
    --accent: #7ea2ff;
    --accent-text: #0c1222;
    --bad: #ff8a80;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  place-items: center;
  padding: 1.5rem;
  background: var(--ground);
  color: var(--text);
  font: 16px/1.5 system-ui, sans-serif;
}
main {
  width: 100%;
  max-width: 26rem;
  padding: 2rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 12px;
}
h1 { margin: 0 0 1.25rem; font-size: 1.4rem; line-height: 1.25; }
h2 { margin: 1.75rem 0 0.5rem; font-size: 1rem; }
p { margin: 0 0 1rem; }
a { color: var(--accent); }
label { display: block; margin: 0 0 0.35rem; font-weight: 600; }
input:not([type="hidden"]) {
  width: 100%;
  margin: 0 0 1rem;
  padding: 0.65rem 0.75rem;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--ground);
  color: inherit;
  font: inherit;
}
input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button, .button {
  display: block;
  width: 100%;
  margin: 0 0 0.75rem;
  padding: 0.7rem 1rem;
  border: 1px solid var(--accent);
  border-radius: 8px;
  background: var(--accent);
  color: var(--accent-text);
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
button.second, .button.second { background: transparent; color: var(--accent); }
form { margin: 0 0 1rem; }
.or { display: flex; align-items: center; gap: 0.75rem; margin: 1.25rem 0; color: var(--muted); font-size: 0.9rem; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.more { margin: 0.75rem 0 0; font-size: 0.95rem; }
details { margin-top: 1.25rem; padding-top: 1rem; border-top: 1px solid var(--line); }
summary { color: var(--muted); font-size: 0.95rem; cursor: pointer; }
details[open] > summary { margin-bottom: 0.75rem; }
input + .hint { margin-top: -0.6rem; }
.hint { color: var(--muted); font-size: 0.9rem; }
.error { color: var(--bad); font-weight: 600; }
main > :last-child, form > :last-child { margin-bottom: 0; }
.request-id { overflow-wrap: anywhere; }
dl { margin: 0 0 1rem; }
dt { color: var(--muted); font-size: 0.9rem; }
dd { margin: 0 0 0.5rem; overflow-wrap: anywhere; }
`;
