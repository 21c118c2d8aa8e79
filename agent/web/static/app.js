// Theme, filter of the list of drugs, and small helpers; works on markup that arrives late, by delegation.
"use strict";

(() => {
  const KEY = "oncobrief-theme";
  const NEXT = { system: "dark", dark: "light", light: "system" };
  const WORDS = { system: "follows the system", dark: "dark", light: "light" };
  const root = document.documentElement;
  const stored = () => {
    try {
      return localStorage.getItem(KEY) || "system";
    } catch {
      return "system";
    }
  };

  function apply(theme) {
    root.lang = "en";
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.setAttribute("aria-label", `Theme: ${WORDS[theme]}`);
      button.title = `Theme: ${WORDS[theme]}`;
      button.dataset.now = theme;
    }
    document.dispatchEvent(new CustomEvent("oncobrief:theme"));
  }
  apply(stored());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(stored()));

  function filter(form) {
    const body = document.getElementById(form.dataset.filter);
    if (!body) return;
    const words = (form.elements.q?.value || "").toLowerCase().split(/\s+/).filter(Boolean);
    const state = form.elements.state?.value || "";
    let shown = 0;
    for (const row of body.rows) {
      const fits = words.every((w) => row.dataset.words.includes(w)) && (!state || row.dataset.state === state);
      row.hidden = !fits;
      shown += fits;
    }
    const count = document.querySelector("[data-filter-count]");
    if (count) count.textContent = `${shown} of ${body.rows.length} drugs`;
    const none = document.querySelector("[data-filter-none]");
    if (none) none.hidden = shown > 0;
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-filter]");
    if (form) filter(form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("form[data-filter]");
    if (!form) return;
    event.preventDefault();
    const open = [...document.getElementById(form.dataset.filter).rows].filter((row) => !row.hidden);
    if (open.length === 1) open[0].querySelector("a")?.click();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-theme-switch]")) {
      const theme = NEXT[stored()] || "system";
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // Private windows may refuse: the choice then lasts for this page.
      }
      apply(theme);
    }
    const skip = event.target.closest?.("a.skip");
    if (skip) {
      event.preventDefault();
      document.getElementById("main")?.focus();
    }
  });

  document.addEventListener("oncobrief:shown", (event) => {
    if (event.detail.querySelector("[data-theme-switch]")) apply(stored());
    // The first piece of a new answer brings its question to the top, so that one reads on from there.
    const fresh = event.detail.closest(".message[aria-busy]");
    if (fresh && !fresh.dataset.seen) {
      fresh.dataset.seen = "yes";
      (fresh.previousElementSibling || fresh).scrollIntoView({ block: "start" });
    }
    for (const form of event.detail.querySelectorAll("form[data-filter]")) if (form.elements.q?.value) filter(form);
    if (location.hash) {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target && event.detail.contains(target)) {
        target.scrollIntoView({ block: "center" });
        if (target.tabIndex === -1) target.focus({ preventScroll: true });
      }
    }
  });

  // Requests that change something show the token of the session; nothing else does.
  let session;
  async function send(method, path, body, headers = {}) {
    session ??= (await fetch("/api/session")).json();
    const { csrf } = await session;
    return fetch(path, { method, body, headers: { "X-CSRF-Token": csrf, ...headers } });
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest?.("form[data-upload]");
    if (!form) return;
    event.preventDefault();
    const file = form.elements.file.files[0];
    if (!file) return;
    const state = document.querySelector("[data-upload-state]");
    const fault = document.querySelector("[data-upload-fault]");
    const button = form.querySelector("button");
    button.disabled = true;
    fault.textContent = "";
    state.textContent = "Uploading and checking …";
    try {
      const query = new URLSearchParams({ name: file.name, kind: form.elements.kind.value });
      const type = { "Content-Type": "application/octet-stream" };
      const answer = await send("POST", `/api/uploads?${query}`, file, type);
      if (answer.ok) return location.reload();
      const told = await answer.json();
      fault.textContent = told.error || "The table was not taken; look at its name and size.";
    } catch {
      fault.textContent = "The server does not answer, or the file is too large.";
    }
    state.textContent = "";
    button.disabled = false;
  });
})();
