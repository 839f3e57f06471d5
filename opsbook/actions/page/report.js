"use strict";
(() => {
  const page = document.documentElement, by = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll("#found tbody tr[data-rule]")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const search = by("search"), rule = by("rule"), file = by("file"), boxes = [...document.querySelectorAll(".severity")];

  const speak = (lang) => {
    page.className = lang;
    page.lang = lang === "zh" ? "zh-CN" : "en";
    by("to-zh").setAttribute("aria-pressed", String(lang === "zh"));
    by("to-en").setAttribute("aria-pressed", String(lang === "en"));
    document.querySelectorAll("[data-" + lang + "]").forEach((each) => {
      if (each.tagName === "INPUT") each.placeholder = each.dataset[lang];
      else each.textContent = each.dataset[lang];
    });
    document.title = (lang === "zh" ? "校验报告" : "Validation report") + " · opsbook";
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    rows.forEach((row, n) => {
      const meant = severities.has(row.dataset.severity) && (!rule.value || row.dataset.rule === rule.value)
        && (!file || !file.value || row.dataset.file === file.value) && words.every((word) => texts[n].includes(word));
      row.hidden = !meant;
      shown += meant;
    });
    by("shown").textContent = shown === rows.length ? shown.toLocaleString("en") : shown.toLocaleString("en") + " / " + rows.length.toLocaleString("en");
    by("none").hidden = shown > 0 || rows.length === 0;
  };
  by("to-zh").addEventListener("click", () => speak("zh"));
  by("to-en").addEventListener("click", () => speak("en"));
  [search, rule, file, ...boxes].forEach((each) => each && each.addEventListener("input", filter));
  speak(page.className);
  filter();
})();
