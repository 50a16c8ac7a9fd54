// Before the first paint, so that nothing flashes.
document.documentElement.dataset.js = "on";
try { const theme = localStorage.getItem("theme"); if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme; } catch { /* the browser keeps nothing */ }
