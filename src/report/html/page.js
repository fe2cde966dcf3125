// The page's only script. Every node is made with createElement and textContent: nothing from
// the repository is ever read as markup. Files are drawn when they come near the view.
// It is one file, though a long one: the page carries it whole, and one hash names it.
"use strict";
(() => {
  const store = {
    get(key) { try { return localStorage.getItem("redis-migrate:" + key); } catch { return null; } },
    set(key, value) {
      try {
        if (value === null) localStorage.removeItem("redis-migrate:" + key);
        else localStorage.setItem("redis-migrate:" + key, value);
      } catch { /* a browser that keeps nothing still shows everything */ }
    },
  };

  // Before anything is painted, so that a dark page never flashes white.
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = store.get("theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  const isDark = () => {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : prefersDark.matches;
  };

  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const plural = (count, one) => `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
  const SAME = 0, REMOVED = 1;
  const CLASSES = ["", "k", "s", "c", "m", "d", "n", "h"];
  const MARKS = [" ", "-", "+"];
  const LINE = 20;

  document.addEventListener("DOMContentLoaded", () => {
    const $ = (id) => document.getElementById(id);
    const data = JSON.parse($("data").textContent);
    const files = data.files;
    const narrow = matchMedia("(max-width: 48rem)");
    const saved = store.get("view");
    let split = saved ? saved === "split" : false;
    let current = null; // { file, stop }: where the keys are
    const shells = [];
    const links = [];

    // --- what a file consists of ------------------------------------------------------------

    // Hunks as a list of steps: lines that stay, a change, or a note. Notes follow the change
    // that their line is in, so that a change stays in one piece.
    const stepsOf = (file) => {
      if (file.steps) return file.steps;
      const steps = [];
      const left = file.notes.filter((note) => note.state !== "rewritten");
      const told = new Set();
      const note = (upTo, from) => {
        for (const one of left) {
          const line = one.last || one.line;
          if (!told.has(one) && line <= upTo && line >= from) {
            told.add(one);
            steps.push({ note: one });
          }
        }
      };
      note(0, 0); // about the file as a whole
      for (const hunk of file.hunks) {
        let old = hunk.old, now = hunk.new;
        const first = old;
        steps.push({ hunk });
        let change = null;
        for (const row of hunk.rows) {
          if (row[0] === SAME) {
            if (change) note(old - 1, first);
            change = null;
            steps.push({ same: row, old, now });
            note(old, first);
            old += 1;
            now += 1;
            continue;
          }
          if (!change) {
            change = { removed: [], added: [], tags: [] };
            steps.push({ change });
          }
          if (row[0] === REMOVED) {
            change.removed.push({ row, line: old });
            for (const one of file.notes) {
              if (one.state === "rewritten" && one.line === old) change.tags.push(one);
            }
            old += 1;
          } else {
            change.added.push({ row, line: now });
            now += 1;
          }
        }
        if (change) note(old - 1, first);
      }
      for (const one of left) {
        if (told.has(one)) continue;
        one.alone = true;
        steps.push({ note: one });
      }
      file.steps = steps;
      return steps;
    };
    const isStop = (step) => step.change || step.note;
    const stopCount = (file) => isReviewed(file) ? 1 : Math.max(1, stepsOf(file).filter(isStop).length);
    const height = (file) => {
      if (isReviewed(file)) return 48;
      let lines = 0;
      for (const step of stepsOf(file)) {
        if (step.same) lines += 1;
        else if (step.hunk) lines += 1;
        else if (step.note) lines += 3;
        else if (split) lines += Math.max(step.change.removed.length, step.change.added.length);
        else lines += step.change.removed.length + step.change.added.length;
      }
      return 64 + lines * LINE;
    };

    // --- reviewed marks ---------------------------------------------------------------------

    const marks = new Map();
    const isReviewed = (file) => {
      if (!marks.has(file)) marks.set(file, store.get("reviewed:" + file.hash) !== null);
      return marks.get(file);
    };
    const review = (at, reviewed) => {
      const file = files[at];
      marks.set(file, reviewed);
      store.set("reviewed:" + file.hash, reviewed ? "1" : null);
      links[at].classList.toggle("reviewed", reviewed);
      draw(at, true);
      progress();
    };
    const progress = () => {
      const done = files.filter(isReviewed).length;
      $("progress").max = Math.max(1, files.length);
      $("progress").value = done;
      $("done").textContent = `${done} of ${files.length}`;
    };

    // --- drawing ----------------------------------------------------------------------------

    const code = (row) => {
      const cell = make("td", "code");
      if (!row) {
        cell.classList.add("void");
        return cell;
      }
      cell.append(make("span", "mark", MARKS[row[0]]));
      for (let at = 1; at < row.length; at += 2) {
        const changed = row[at] & 8;
        const kind = CLASSES[row[at] & 7];
        if (!changed && !kind) cell.append(row[at + 1]);
        else cell.append(make(changed ? (row[0] === REMOVED ? "del" : "ins") : "span", kind, row[at + 1]));
      }
      return cell;
    };
    const number = (line) => make("td", "ln", line === undefined ? "" : String(line));
    const side = (entry, kind) => {
      const cells = [number(entry && entry.line), code(entry && entry.row)];
      if (entry && kind) cells.forEach((cell) => cell.classList.add(kind));
      return cells;
    };
    const line = (className, cells) => {
      const row = make("tr", className);
      row.append(...cells);
      return row;
    };
    const tags = (row, notes) => {
      if (!notes.length) return;
      const box = make("span", "tags");
      for (const note of notes) {
        const tag = make("span", "tag", note.rule || note.code);
        tag.title = note.message;
        box.append(tag);
      }
      row.lastChild.append(box);
    };
    // Backticks mark code in what is said.
    const spoken = (kind, style, text) => {
      const node = make(kind, style);
      text.split("`").forEach((part, at, all) => {
        if (at % 2 === 1 && all.length % 2 === 1) node.append(make("code", "", part));
        else node.append((at && all.length % 2 === 0 ? "`" : "") + part);
      });
      return node;
    };
    const noteRow = (note) => {
      const row = make("tr", "note");
      row.append(make("td", "ln", note.alone && note.line ? String(note.line) : ""));
      const cell = make("td");
      cell.colSpan = 3;
      const box = make("div", "said " + note.severity);
      const head = make("p");
      head.append(make("b", "badge", note.severity), " ", make("code", "", note.code));
      if (note.rule) head.append(" ", make("span", "faint", note.rule));
      if (note.line) head.append(" ", make("span", "faint", `${note.line}:${note.column}`));
      if (note.state !== "open") head.append(" ", make("span", "state", note.state));
      box.append(head);
      box.append(spoken("p", "", note.message));
      if (note.help) box.append(spoken("p", "help", "help: " + note.help));
      cell.append(box);
      row.append(cell);
      return row;
    };

    const body = (file) => {
      const scroll = make("div", "scroll");
      scroll.tabIndex = 0;
      scroll.setAttribute("role", "region");
      scroll.setAttribute("aria-label", "Changes in " + file.path);
      const table = make("table", split ? "diff split" : "diff unified");
      // Widths are those of the columns, whatever the first row spans.
      const columns = make("colgroup");
      for (const kind of split ? ["ln", "", "ln", ""] : ["ln", "ln", ""]) columns.append(make("col", kind));
      table.append(columns);
      const rows = make("tbody");
      const stop = (row) => { row.dataset.stop = ""; row.tabIndex = -1; };
      for (const step of stepsOf(file)) {
        if (step.hunk) {
          const row = make("tr", "hunk");
          const cell = make("td", "", `line ${step.hunk.old}`);
          cell.colSpan = 4;
          row.append(cell);
          rows.append(row);
        } else if (step.note) {
          const row = noteRow(step.note);
          stop(row);
          rows.append(row);
        } else if (step.same) {
          rows.append(split
            ? line("", [number(step.old), code(step.same), number(step.now), code(step.same)])
            : line("", [number(step.old), number(step.now), code(step.same)]));
        } else {
          const { removed, added } = step.change;
          const made = [];
          if (split) {
            for (let at = 0; at < Math.max(removed.length, added.length); at += 1) {
              made.push(line("", [...side(removed[at], "removed"), ...side(added[at], "added")]));
            }
          } else {
            for (const { row, line: old } of removed) made.push(line("removed", [number(old), number(), code(row)]));
            for (const { row, line: now } of added) made.push(line("added", [number(), number(now), code(row)]));
          }
          stop(made[0]);
          tags(made[0], step.change.tags);
          rows.append(...made);
        }
      }
      table.append(rows);
      scroll.append(table);
      return scroll;
    };

    const draw = (at, again) => {
      const shell = shells[at];
      if (shell.drawn && !again) return;
      const file = files[at];
      const reviewed = isReviewed(file);
      const header = make("header", "file-head");
      const name = make("h3");
      const cut = file.path.lastIndexOf("/") + 1;
      name.append(make("span", "faint", file.path.slice(0, cut)), make("b", "", file.path.slice(cut)));
      name.tabIndex = -1;
      const counts = make("span", "counts");
      if (file.status === "failed") counts.append(make("span", "badge error", "failed"), " ");
      if (file.added || file.removed) {
        counts.append(make("span", "plus", "+" + file.added), " ", make("span", "minus", "−" + file.removed));
      }
      const label = make("label", "check");
      const box = make("input");
      box.type = "checkbox";
      box.checked = reviewed;
      box.addEventListener("change", () => {
        review(at, box.checked);
        shell.node.querySelector("input").focus();
      });
      label.append(box, " Reviewed");
      header.append(name, counts, label);
      shell.node.style.minHeight = "";
      shell.node.classList.toggle("reviewed", reviewed);
      if (reviewed) shell.node.replaceChildren(header);
      else if (file.hunks.length || file.notes.length) shell.node.replaceChildren(header, body(file));
      else shell.node.replaceChildren(header, make("p", "faint pad", "Nothing to show."));
      shell.drawn = true;
    };
    const undraw = (at) => {
      const shell = shells[at];
      if (!shell.drawn || printing || (current && current.file === at)) return;
      if (shell.node.contains(document.activeElement)) return;
      shell.node.style.minHeight = shell.node.offsetHeight + "px";
      shell.node.replaceChildren();
      shell.drawn = false;
    };
    let printing = false;
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const at = Number(entry.target.dataset.at);
        if (entry.isIntersecting) draw(at);
        else undraw(at);
      }
    }, { rootMargin: "600px 0px" });

    const list = $("list"), index = $("index");
    files.forEach((file, at) => {
      const node = make("section", "file");
      node.id = "f" + at;
      node.dataset.at = String(at);
      node.setAttribute("aria-label", file.path);
      node.style.minHeight = height(file) + "px";
      shells.push({ node, drawn: false });
      list.append(node);
      const item = make("li");
      const link = make("a");
      link.href = "#f" + at;
      const cut = file.path.lastIndexOf("/") + 1;
      link.append(make("b", "", file.path.slice(cut)));
      if (cut) link.append(make("span", "faint", file.path.slice(0, cut - 1)));
      const left = file.notes.filter((note) => note.state !== "rewritten" && note.severity !== "note").length;
      if (left) {
        const count = make("span", "left", String(left));
        count.title = plural(left, "finding") + " left";
        link.append(count);
      }
      link.classList.toggle("reviewed", isReviewed(file));
      link.title = file.path;
      link.addEventListener("click", (event) => {
        event.preventDefault();
        goTo(at, -1);
      });
      item.append(link);
      index.append(item);
      links.push(link);
    });
    shells.forEach((shell) => near.observe(shell.node));

    // --- filters ----------------------------------------------------------------------------

    const wanted = { rule: "", code: "", severity: "", state: "" };
    const values = (key) => [...new Set(files.flatMap((file) => file.notes.map((note) => note[key])))].filter(Boolean).sort();
    for (const key of ["rule", "code", "severity"]) {
      for (const value of values(key)) {
        const option = make("option", "", value);
        option.value = value;
        $(key).append(option);
      }
    }
    const matches = (file, query) => {
      if (query && !file.path.toLowerCase().includes(query)) return false;
      if ($("unreviewed").checked && isReviewed(file)) return false;
      if (!Object.values(wanted).some(Boolean)) return true;
      return file.notes.some((note) =>
        (!wanted.rule || note.rule === wanted.rule)
        && (!wanted.code || note.code === wanted.code)
        && (!wanted.severity || note.severity === wanted.severity)
        && (!wanted.state || (wanted.state === "rewritten") === (note.state === "rewritten")));
    };
    const filter = () => {
      const query = $("path").value.trim().toLowerCase();
      for (const key of Object.keys(wanted)) wanted[key] = $(key).value;
      let count = 0;
      files.forEach((file, at) => {
        const shown = matches(file, query);
        shells[at].node.hidden = !shown;
        links[at].parentNode.hidden = !shown;
        count += shown ? 1 : 0;
      });
      $("result").textContent = count === files.length
        ? plural(count, "file")
        : `${count.toLocaleString("en")} of ${plural(files.length, "file")}`;
      $("none").hidden = count > 0 || files.length === 0;
      if (current && shells[current.file].node.hidden) leave();
    };
    let timer = 0;
    for (const kind of ["input", "change"]) {
      $("filters").addEventListener(kind, () => {
        clearTimeout(timer);
        timer = setTimeout(filter, 80);
      });
    }
    $("filters").addEventListener("submit", (event) => event.preventDefault());
    $("filters").addEventListener("reset", () => setTimeout(filter, 0));

    // --- moving -----------------------------------------------------------------------------

    const leave = () => {
      for (const node of document.querySelectorAll(".here")) node.classList.remove("here");
      for (const link of document.querySelectorAll("#index [aria-current]")) link.removeAttribute("aria-current");
      current = null;
    };
    const place = (node, block) => {
      node.scrollIntoView({ block });
      // Files above may be drawn by now, and taller or lower than was guessed.
      requestAnimationFrame(() => requestAnimationFrame(() => {
        const box = node.getBoundingClientRect();
        if (box.top < 90 || box.bottom > innerHeight) node.scrollIntoView({ block });
      }));
    };
    // A stop of -1 is the file's head.
    const goTo = (at, stop) => {
      leave();
      current = { file: at, stop };
      draw(at);
      const node = shells[at].node;
      const target = stop < 0 ? null : node.querySelectorAll("[data-stop]")[stop];
      links[at].setAttribute("aria-current", "true");
      if (links[at].offsetParent) links[at].scrollIntoView({ block: "nearest" });
      const focus = target || node.querySelector("h3");
      (target || node).classList.add("here");
      focus.focus({ preventScroll: true });
      place(target || node, target ? "center" : "start");
    };
    const shown = (from, step) => {
      for (let at = from + step; at >= 0 && at < files.length; at += step) {
        if (!shells[at].node.hidden) return at;
      }
      return -1;
    };
    const inView = () => {
      const at = shells.findIndex(({ node }) => !node.hidden && node.getBoundingClientRect().bottom > 100);
      return at;
    };
    const file = (step) => {
      const at = current ? shown(current.file, step) : inView();
      if (at >= 0) goTo(at, -1);
    };
    const stop = (step) => {
      if (!current) {
        const at = inView();
        if (at >= 0) goTo(at, isReviewed(files[at]) ? -1 : 0);
        return;
      }
      const to = current.stop + step;
      if (to >= 0 && to < stopCount(files[current.file]) && !isReviewed(files[current.file])) {
        goTo(current.file, to);
        return;
      }
      const at = shown(current.file, step);
      if (at >= 0) goTo(at, isReviewed(files[at]) ? -1 : step > 0 ? 0 : stopCount(files[at]) - 1);
    };
    const mark = () => {
      const at = current ? current.file : inView();
      if (at < 0) return;
      const reviewed = !isReviewed(files[at]);
      review(at, reviewed);
      $("result").textContent = `${files[at].path}: ${reviewed ? "reviewed" : "not reviewed"}`;
      const next = reviewed ? shown(at, 1) : at;
      goTo(next >= 0 ? next : at, -1);
    };
    const setView = (on) => {
      split = on;
      $("view").setAttribute("aria-pressed", String(split));
      shells.forEach((shell, at) => {
        if (shell.drawn) draw(at, true);
        else shell.node.style.minHeight = height(files[at]) + "px";
      });
      if (current) goTo(current.file, current.stop);
    };
    const toggleView = () => {
      setView(!split);
      store.set("view", split ? "split" : "unified");
    };
    const setTheme = () => {
      $("theme").textContent = isDark() ? "Light" : "Dark";
    };
    $("theme").addEventListener("click", () => {
      const theme = isDark() ? "light" : "dark";
      document.documentElement.dataset.theme = theme;
      store.set("theme", theme);
      setTheme();
    });
    prefersDark.addEventListener("change", setTheme);
    $("view").addEventListener("click", toggleView);
    $("keys").addEventListener("click", () => $("help").showModal());

    const keys = {
      j: () => stop(1), k: () => stop(-1), n: () => file(1), p: () => file(-1),
      r: mark, u: toggleView, "?": () => $("help").showModal(),
      "/": () => { $("path").focus(); $("path").select(); },
    };
    document.addEventListener("keydown", (event) => {
      const at = event.target;
      if (event.key === "Escape" && at.id === "path") at.blur();
      if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
      if (at.matches("input:not([type=checkbox]), select, textarea") || !Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      keys[event.key]();
    });

    addEventListener("beforeprint", () => {
      printing = true;
      shells.forEach((shell, at) => { if (!shell.node.hidden) draw(at); });
    });
    addEventListener("afterprint", () => { printing = false; });

    setTheme();
    setView(split && !narrow.matches);
    filter();
    progress();
    if (/^#f\d+$/.test(location.hash) && shells[Number(location.hash.slice(2))]) {
      goTo(Number(location.hash.slice(2)), -1);
    }
  });
})();
