package page

// style is on every page. Its colours keep a contrast of 4.5 to 1 for text and 3 to 1 for the edges of controls.
const style = `:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --card: #fff; --ink: #1c2230; --soft: #566072; --line: #dfe3ea; --edge: #6f7a8c;
  --main: #1d4ed8; --on-main: #fff; --wrong: #b3261e; --wrong-ground: #fdf2f1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #11141a; --card: #1a1f28; --ink: #e9ecf2; --soft: #aab3c2; --line: #323a47; --edge: #8a95a6;
    --main: #8fb4ff; --on-main: #0c1424; --wrong: #ffb0a8; --wrong-ground: #2c1d1e;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 34rem; margin: clamp(0rem, 8vh, 5rem) auto; padding: 2.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.625rem; line-height: 1.25; }
h2 { margin: 0 0 0.375rem; font-size: 1.0625rem; }
p { margin: 0 0 1rem; }
dl { margin: 0 0 1.5rem; border-top: 1px solid var(--line); }
dl div { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
dt { flex: 0 0 6.5rem; color: var(--soft); }
dd { flex: 1 1 14rem; margin: 0; font-weight: 600; }
label { display: block; margin-bottom: 0.125rem; font-weight: 600; }
.hint { margin-bottom: 0.5rem; color: var(--soft); }
input { display: block; width: 100%; min-height: 3rem; margin-bottom: 1.25rem; padding: 0.5rem 0.75rem; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--edge); border-radius: 0.5rem; }
input[aria-invalid] { border: 2px solid var(--wrong); }
.error { margin-bottom: 0.5rem; color: var(--wrong); font-weight: 600; }
.problem { margin-bottom: 1.25rem; padding: 0.875rem 1rem; background: var(--wrong-ground); border-left: 0.25rem solid var(--wrong); border-radius: 0.25rem; }
.problem p { margin: 0; }
.problem a { color: var(--wrong); }
button { width: 100%; min-height: 3rem; padding: 0.625rem 1.25rem; font: inherit; font-weight: 600; color: var(--main); background: transparent; border: 1px solid var(--edge); border-radius: 0.5rem; cursor: pointer; }
button.main { color: var(--on-main); background: var(--main); border-color: var(--main); }
section { margin-top: 1.75rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
main > :last-child, form > :last-child { margin-bottom: 0; }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
@media (max-width: 36rem) {
  body { background: var(--card); }
  main { margin: 0; padding: 1.5rem 1.125rem; border: 0; border-radius: 0; }
}`
