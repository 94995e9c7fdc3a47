// Runs before the first paint, so that a chosen theme never flashes the other one.
(() => {
  let chosen = {};
  try {
    chosen = JSON.parse(localStorage.getItem('netmon') || '{}');
  } catch {
    // A browser that refuses storage, or what is no JSON: the system's theme.
  }
  if (chosen.theme === 'light' || chosen.theme === 'dark') document.documentElement.dataset.theme = chosen.theme;
  if (chosen.density === 'compact') document.documentElement.dataset.density = 'compact';
})();
