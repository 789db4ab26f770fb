// Draws lines or bars beside their table. Markup, after a <script id="course" type="application/json"> with labels, unit
// and series (name, values, line: solid or dashed, or bars: true), and ECharts loaded before:
// <div class="chart-box" role="img" aria-label="…" data-portal-chart="course"></div>
// Further: second (unit of a second axis, for series with axis: 1), horizontal: true, links (an address for each label,
// or in a series for each value), notes (a text behind each bar), colour (name of a token), title (of the saved picture).
// <p data-portal-chart-tools="course" hidden> with buttons data-portal-picture="svg|png" and data-portal-patterns, and
// <details data-portal-chart-table="course" open>, which folds once the chart is there.
// Colours and type are those of the page; nothing is written as HTML, which the content policy would refuse.

const COLOURS = ["--c1", "--c3", "--c2", "--c4"];
const SYMBOLS = ["circle", "rect", "triangle", "diamond"];

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options(data, patterns) {
  const root = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const text = { color: token("--ink"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: root * 0.875 };
  const category = {
    type: "category",
    data: data.labels,
    boundaryGap: data.series.some((each) => each.bars),
    inverse: Boolean(data.horizontal),
    axisLabel: { ...text, hideOverlap: !data.horizontal, interval: data.horizontal ? 0 : "auto", width: root * 9, overflow: "truncate" },
  };
  if (!data.horizontal) delete category.axisLabel.width;
  const value = { type: "value", name: data.unit, nameTextStyle: text, axisLabel: text, scale: false };
  const values = data.second
    ? [value, { ...value, name: data.second, min: 0, max: 100, splitLine: { show: false } }]
    : value;
  const crossed = data.series.some((each) => each.bars) && data.series.some((each) => !each.bars);
  return {
    animation: false,
    aria: { enabled: Boolean(patterns), label: { enabled: false }, decal: { show: Boolean(patterns), decals: patterns ? DECALS : undefined } },
    textStyle: text,
    legend: { top: 0, textStyle: text, show: data.series.length > 1 || !data.horizontal },
    grid: { top: root * (data.horizontal && data.series.length < 2 ? 2 : 3.5), right: root * (data.horizontal ? 5 : 1.5), bottom: root, left: root, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true },
    xAxis: data.horizontal ? values : category,
    yAxis: data.horizontal ? category : values,
    series: data.series.map((each, place) => ({
      type: each.bars ? "bar" : "line",
      barMaxWidth: root * 2.5,
      yAxisIndex: !data.horizontal && data.second ? each.axis || 0 : 0,
      label: {
        ...text,
        show: Boolean(each.bars) && !crossed,
        position: data.horizontal ? "right" : "top",
        formatter: each.notes ? (point) => `${point.value}  ${each.notes[point.dataIndex]}` : undefined,
      },
      name: each.name,
      data: each.values,
      connectNulls: false,
      symbol: each.line === "dashed" ? "none" : SYMBOLS[place % SYMBOLS.length],
      symbolSize: 9,
      color: token(each.colour || COLOURS[place % COLOURS.length]),
      itemStyle: each.bars ? { borderColor: token("--surface"), borderWidth: 1 } : {},
      cursor: each.links || data.links ? "pointer" : "default",
      lineStyle: { type: each.line, width: 2 },
    })),
  };
}

const DECALS = [0, Math.PI / 4, -Math.PI / 4, Math.PI / 2].map((rotation) => ({
  color: "rgba(255,255,255,.5)",
  dashArrayX: [1, 0],
  dashArrayY: [3, 5],
  rotation,
}));

// ECharts writes the size of the screen on its elements. On paper that is taken off, so that the style sheet sets the
// width of the page, and a view box keeps the proportions; afterwards the chart is drawn anew.
function onPaper(box) {
  const svg = box.querySelector("svg");
  if (!svg) return;
  svg.setAttribute("viewBox", `0 0 ${box.clientWidth} ${box.clientHeight}`);
  for (const part of [svg, svg.parentElement]) part.removeAttribute("style");
}

// Bars that lie have as much room as there are of them; whatever stands fills its box.
function heightOf(data) {
  if (!data.horizontal) return undefined;
  const letter = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return letter * (5 + data.labels.length * 2 * Math.max(1, data.series.length * 0.75));
}

function draw(box, data, patterns) {
  const chart = window.echarts.init(box, null, { renderer: "svg", height: heightOf(data) });
  chart.setOption(options(data, patterns));
  chart.on("click", (point) => {
    const links = (data.series[point.seriesIndex] || {}).links || data.links || [];
    if (links[point.dataIndex]) location.assign(links[point.dataIndex]);
  });
  return chart;
}

function save(address, name) {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

// The picture as it is on the screen, on a white ground, twice as large where it is made of points.
function picture(box, form, name) {
  const svg = box.querySelector("svg").cloneNode(true);
  const [width, height] = [box.clientWidth, box.clientHeight];
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const source = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  if (form === "svg") return save(source, `${name}.svg`);
  const image = new Image();
  image.addEventListener("load", () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width * 2, height * 2];
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    save(canvas.toDataURL("image/png"), `${name}.png`);
  });
  image.src = source;
}

function start(root) {
  for (const box of root.querySelectorAll("[data-portal-chart]")) {
    const source = document.getElementById(box.dataset.portalChart);
    if (!window.echarts || !source || box.dataset.portalReady) continue;
    box.dataset.portalReady = "1";
    try {
      show(box, JSON.parse(source.textContent));
    } catch (error) {
      // The table beside it stays as it is.
      box.hidden = true;
      console.warn(error);
    }
  }
}

function show(box, data) {
  let patterns = false;
  box.hidden = false;
  box.classList.toggle("chart-box-rows", Boolean(data.horizontal));
  let chart = draw(box, data, patterns);
  const redraw = () => {
    chart.dispose();
    chart = draw(box, data, patterns);
  };
  const gone = () => !box.isConnected;
  window.addEventListener("beforeprint", () => gone() || onPaper(box));
  window.addEventListener("afterprint", () => gone() || redraw());
  window.addEventListener("resize", () => {
    if (!gone() && !window.matchMedia("print").matches) chart.resize({ height: heightOf(data) });
  });
  const name = box.dataset.portalChart;
  const table = document.querySelector(`[data-portal-chart-table="${name}"]`);
  if (table) table.open = false;
  const tools = document.querySelector(`[data-portal-chart-tools="${name}"]`);
  if (!tools) return;
  tools.hidden = false;
  for (const button of tools.querySelectorAll("[data-portal-picture]")) {
    button.addEventListener("click", () => picture(box, button.dataset.portalPicture, data.title || name));
  }
  for (const button of tools.querySelectorAll("[data-portal-patterns]")) {
    button.addEventListener("click", () => {
      patterns = !patterns;
      button.setAttribute("aria-pressed", String(patterns));
      redraw();
    });
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
document.addEventListener("portal:renewed", (event) => start(event.detail));
