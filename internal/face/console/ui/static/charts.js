// Charts: each element with data-chart is drawn from the ECharts option that the
// address answers with, and again when data-every seconds have passed. Without
// scripts the table beside it has the same figures.
(() => {
  "use strict";
  const charts = new Map();
  const dark = () => document.documentElement.dataset.bsTheme === "dark";

  const draw = async (el) => {
    const answer = await fetch(el.dataset.chart, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const option = await answer.json();
    // Text in the canvas: the content policy takes no inline styles of a tooltip.
    option.tooltip = { ...option.tooltip, renderMode: "richText" };
    option.animation = false;
    option.backgroundColor ??= "transparent";
    let chart = charts.get(el);
    if (!chart) {
      chart = echarts.init(el, dark() ? "dark" : undefined);
      charts.set(el, chart);
      chart.on("click", (e) => { const to = e.data?.href; if (to?.startsWith("/") && !to.startsWith("//")) location.href = to; });
    }
    chart.setOption(option, true);
    el.dataset.drawn = "yes";
  };

  const start = (root) => {
    for (const el of root.querySelectorAll("[data-chart]")) {
      if (charts.has(el)) continue;
      draw(el);
      if (el.dataset.every) setInterval(() => document.contains(el) && draw(el), 1000 * el.dataset.every);
    }
  };
  addEventListener("resize", () => charts.forEach((c) => c.resize()));
  document.addEventListener("htmx:load", (e) => start(e.target.parentElement ?? document));
  start(document);
})();
