// Draws lines or bars beside their table. Markup, after a <script id="course" type="application/json"> with labels, unit
// and series (name, values, line: solid or dashed, or bars: true), and ECharts loaded before:
// <div class="chart-box" role="img" aria-label="…" data-portal-chart="course"></div>
// Colours and type are those of the page; nothing is written as HTML, which the content policy would refuse.

const COLOURS = ["--c1", "--c3", "--c2", "--c4"];
const SYMBOLS = ["circle", "rect", "triangle", "diamond"];

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options(data) {
  const root = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const text = { color: token("--ink"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: root * 0.875 };
  return {
    animation: false,
    aria: { enabled: false },
    textStyle: text,
    legend: { top: 0, textStyle: text },
    grid: { top: root * 3.5, right: root * 1.5, bottom: root, left: root, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true },
    xAxis: { type: "category", data: data.labels, boundaryGap: data.series.some((each) => each.bars), axisLabel: { ...text, hideOverlap: true } },
    yAxis: { type: "value", name: data.unit, nameTextStyle: text, axisLabel: text, scale: false },
    series: data.series.map((each, place) => ({
      type: each.bars ? "bar" : "line",
      barMaxWidth: root * 2.5,
      label: { ...text, show: Boolean(each.bars), position: "top" },
      name: each.name,
      data: each.values,
      connectNulls: false,
      symbol: SYMBOLS[place % SYMBOLS.length],
      symbolSize: 9,
      color: token(COLOURS[place % COLOURS.length]),
      lineStyle: { type: each.line, width: 2 },
    })),
  };
}

// ECharts writes the size of the screen on its elements. On paper that is taken off, so that the style sheet sets the
// width of the page, and a view box keeps the proportions; afterwards the chart is drawn anew.
function onPaper(box) {
  const svg = box.querySelector("svg");
  if (!svg) return;
  svg.setAttribute("viewBox", `0 0 ${box.clientWidth} ${box.clientHeight}`);
  for (const part of [svg, svg.parentElement]) part.removeAttribute("style");
}

function draw(box, data) {
  const chart = window.echarts.init(box, null, { renderer: "svg" });
  chart.setOption(options(data));
  return chart;
}

function start(root) {
  for (const box of root.querySelectorAll("[data-portal-chart]")) {
    const source = document.getElementById(box.dataset.portalChart);
    if (!window.echarts || !source || box.dataset.portalReady) continue;
    box.dataset.portalReady = "1";
    box.hidden = false;
    const data = JSON.parse(source.textContent);
    let chart = draw(box, data);
    window.addEventListener("beforeprint", () => onPaper(box));
    window.addEventListener("afterprint", () => {
      chart.dispose();
      chart = draw(box, data);
    });
    window.addEventListener("resize", () => {
      if (!window.matchMedia("print").matches) chart.resize();
    });
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
