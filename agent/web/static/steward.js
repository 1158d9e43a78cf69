/* Everything works without this file, one decision at a time. It adds keys, the count of what is ticked, local times. */
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const rows = () => all("tr[data-row]");
  let here = null, anchor = null, waitsForGo = false;

  const local = (from = document) => {
    const lang = document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB";
    const form = new Intl.DateTimeFormat(lang, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });
    for (const each of all("time[datetime]:not([data-local])", from)) {
      const parts = Object.fromEntries(form.formatToParts(new Date(each.dateTime)).map((part) => [part.type, part.value]));
      each.title = each.textContent;
      each.textContent = `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}`;
      each.dataset.local = "";
    }
  };

  const count = () => {
    const bar = document.querySelector(".decide-bar");
    if (!bar) return;
    const ticked = all("input[name=pick]:checked").length;
    const told = bar.querySelector("[data-chosen]");
    told.dataset.none ??= told.textContent;
    told.textContent = ticked ? told.dataset.one.replace("{count}", ticked) : told.dataset.none;
    bar.classList.toggle("some", ticked > 0);
    for (const button of all("[data-approve-all], [data-reject-all]", bar)) button.disabled = !ticked;
    const every = bar.querySelector("[data-all]"), boxes = all("input[name=pick]");
    every.checked = boxes.length > 0 && ticked === boxes.length;
    every.indeterminate = ticked > 0 && ticked < boxes.length;
  };

  const stand = (row) => {
    if (!row) return;
    here?.classList.remove("here");
    here = row;
    row.classList.add("here");
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    const list = rows();
    const at = list.indexOf(here);
    stand(list[Math.min(Math.max(at + by, 0), list.length - 1)]);
  };

  const tick = (upTo) => {
    const box = here?.querySelector("input[name=pick]");
    if (!box) return;
    const list = rows();
    if (upTo && anchor && list.includes(anchor)) {
      const [from, to] = [list.indexOf(anchor), list.indexOf(here)].sort((one, other) => one - other);
      for (const row of list.slice(from, to + 1)) row.querySelector("input[name=pick]").checked = true;
    } else {
      box.checked = !box.checked;
      anchor = here;
    }
    count();
  };

  const decide = (which) => {
    const ticked = all("input[name=pick]:checked").length;
    const button = ticked
      ? document.querySelector(`.decide-bar [data-${which}-all]`)
      : (here ?? document.querySelector("[data-single]"))?.querySelector(`[data-${which}]`);
    button?.click();
  };

  const explain = () => {
    const more = here?.querySelector("details");
    if (more) more.open = !more.open;
  };

  const keys = {
    j: () => step(1), k: () => step(-1), x: () => tick(false), X: () => tick(true),
    a: () => decide("approve"), r: () => decide("reject"), e: explain,
    u: () => document.querySelector("[data-undo] button")?.click(),
    "/": () => document.querySelector("#search")?.focus(),
    "?": () => document.querySelector("#keys")?.showModal(),
    g: () => { waitsForGo = true; setTimeout(() => { waitsForGo = false; }, 1500); },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    const at = event.target;
    if (at.matches("input:not([type=checkbox]), select, textarea")) {
      if (event.key === "Escape") at.blur();
      return;
    }
    if (waitsForGo) {
      waitsForGo = false;
      const link = document.querySelector(`nav [data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (event.key === "Enter" && at === here) { event.preventDefault(); explain(); return; }
    const does = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
    if (does) { event.preventDefault(); does(); }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) for (const box of all("input[name=pick]")) box.checked = event.target.checked;
    if (event.target.matches("[data-all], input[name=pick]")) count();
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("tr[data-row]");
    if (row && row !== here) { here?.classList.remove("here"); here = row; row.classList.add("here"); }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) { event.preventDefault(); document.querySelector("#keys")?.showModal(); }
  });

  const countDown = () => {
    for (const form of all("[data-undo]")) {
      const told = form.querySelector("[data-count]"), until = Date.now() + 1000 * form.dataset.left;
      told.dataset.text ??= told.textContent;
      const tick = () => {
        const left = Math.ceil((until - Date.now()) / 1000);
        if (left > 0 && left <= 10) { told.textContent = told.dataset.text.replace(/10/, left); setTimeout(tick, 500); } else told.hidden = true;
      };
      tick();
    }
  };

  const charts = (from = document) => {
    if (typeof uPlot === "undefined") return;
    for (const figure of all("[data-chart]", from)) {
      const plot = figure.querySelector(".plot");
      if (plot.childElementCount) continue;
      draw(plot, JSON.parse(document.getElementById(`${plot.id}-data`).textContent));
    }
  };

  const draw = (plot, chart) => {
    const style = getComputedStyle(document.documentElement), tone = (name) => style.getPropertyValue(`--${name}`).trim();
    const tones = [tone("calm"), tone("warn"), tone("good"), tone("ink")];
    const lang = document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB";
    const shown = {
      money: new Intl.NumberFormat(lang, { style: "currency", currency: chart.currency || "USD", maximumFractionDigits: 2 }),
      percent: new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }),
      number: new Intl.NumberFormat(lang, { maximumFractionDigits: 2 }),
    };
    const x = chart.days.map((day) => Date.parse(day) / 1000);
    const units = [...new Set(chart.lines.map((line) => line.unit || "number"))];
    const axis = (unit, at) => ({
      scale: unit, side: at ? 1 : 3, stroke: tone("dim"), size: 64, grid: { show: !at, stroke: tone("line"), width: 1 }, ticks: { show: false },
      values: (_, values) => values.map((value) => (value === null ? "" : shown[unit].format(value))),
    });
    const marks = (chart.marks || []).map((mark) => ({ at: Date.parse(mark.day) / 1000, label: mark.label }));
    const drawMarks = (u) => {
      u.ctx.save();
      u.ctx.strokeStyle = tone("accent");
      u.ctx.fillStyle = tone("accent");
      u.ctx.setLineDash([4, 3]);
      for (const mark of marks) {
        const left = Math.round(u.valToPos(mark.at, "x", true));
        u.ctx.beginPath(); u.ctx.moveTo(left, u.bbox.top); u.ctx.lineTo(left, u.bbox.top + u.bbox.height); u.ctx.stroke();
      }
      u.ctx.restore();
    };
    const options = {
      width: plot.clientWidth, height: 240, tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1000), "UTC"),
      scales: Object.fromEntries(units.map((unit) => [unit, { range: (_, least, most) => [Math.min(0, least ?? 0), (most || 1) * 1.05] }])),
      axes: [{ incrs: [1, 2, 7, 14, 28, 91, 182, 364, 3640].map((count) => count * 86400), stroke: tone("dim"), grid: { show: false }, ticks: { stroke: tone("line") }, values: (_, stamps) => stamps.map((stamp) => new Date(stamp * 1000).toISOString().slice(5, 10)) }, ...units.map(axis)],
      series: [{ label: plot.closest("figure").dataset.day, value: (_, stamp) => (stamp === null ? "–" : new Date(stamp * 1000).toISOString().slice(0, 10)) }, ...chart.lines.map((line, at) => ({
        label: line.label, scale: line.unit || "number", stroke: tones[at % tones.length], width: 2, dash: line.dash ? [5, 4] : undefined, spanGaps: false,
        points: { size: 4, show: line.step ? false : undefined }, paths: line.step ? uPlot.paths.stepped({ align: 1 }) : undefined, value: (_, value) => (value === null ? "–" : shown[line.unit || "number"].format(value)),
      }))],
      hooks: { draw: [drawMarks] },
    };
    const drawn = new uPlot(options, [x, ...chart.lines.map((line) => line.values)], plot);
    new ResizeObserver(() => { if (plot.clientWidth) drawn.setSize({ width: plot.clientWidth, height: 240 }); }).observe(plot);
  };

  const ready = (from = document) => { local(from); count(); charts(from); };
  document.addEventListener("htmx:after:swap", () => {
    if (!here?.isConnected) here = null;
    if (!anchor?.isConnected) anchor = null;
    ready();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) count(); });
  if (innerWidth <= 700) for (const fold of all("details[data-fold='']")) fold.open = false;
  for (const form of all("form[data-at-once]")) form.requestSubmit();
  for (const help of all("[data-help]")) help.hidden = false;
  ready();
  countDown();
})();
