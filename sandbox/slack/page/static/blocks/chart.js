// The data_visualization block as inline SVG: bars, lines, areas and pies.

import { h, svg } from "../dom.js";

const COLOURS = ["#3b6fd4", "#2e9e78", "#e08a2c", "#b4509e", "#5a7184", "#c94a4a"];
const WIDTH = 560, HEIGHT = 220;
const EDGE = { left: 56, right: 12, top: 12, bottom: 26 };

export function chart(block) {
  const spec = block.chart;
  const drawing = spec.type === "pie" ? pie(spec) : plotted(spec);
  const keys = spec.type === "pie" ? spec.segments.map((one) => `${one.label} (${short(one.value)})`) : spec.series.map((one) => one.name);
  const legend = keys.length > 1 || spec.type === "pie"
    ? h("ul", { class: "legend" }, keys.map((key, index) => h("li", { class: `colour-${index}` }, key))) : null;
  return h("figure", { class: `chart chart-${spec.type}` }, h("figcaption", {}, block.title), drawing, legend);
}

export function short(value) {
  return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

function canvas(label, ...children) {
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label }, children);
}

function plotted(spec) {
  const labels = spec.axis_config.categories;
  const rows = spec.series.map((series) => {
    const by = new Map(series.data.map((point) => [point.label, point.value]));
    return labels.map((label) => by.get(label) ?? 0);
  });
  const ticks = ticksFor(Math.min(0, ...rows.flat()), Math.max(0, ...rows.flat()));
  const left = EDGE.left + (spec.axis_config.y_label ? 14 : 0);
  const bottom = HEIGHT - EDGE.bottom - (spec.axis_config.x_label ? 16 : 0);
  const step = (WIDTH - left - EDGE.right) / labels.length;
  const lowest = ticks[0], span = (ticks[ticks.length - 1] - lowest) || 1;
  const area = {
    rows, labels, step, left, bottom, names: spec.series.map((one) => one.name),
    x: (index) => left + step * (index + 0.5),
    y: (value) => bottom - ((value - lowest) / span) * (bottom - EDGE.top),
  };
  const draw = { bar: bars, line: (one) => curves(one, false), area: (one) => curves(one, true) }[spec.type];
  return canvas("chart", grid(area, ticks), draw(area), axisNames(spec.axis_config, area));
}

function ticksFor(low, high) {
  const rough = (high - low || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const first = Math.floor(low / step), last = Math.ceil(high / step);
  return Array.from({ length: Math.max(last - first, 1) + 1 }, (_, index) => (first + index) * step);
}

function grid(area, ticks) {
  const widest = Math.max(...area.labels.map((label) => label.length)) * 6.5 + 14;
  const every = Math.ceil(widest / area.step);
  return [
    ticks.map((value) => [
      svg("line", { class: value === 0 ? "axis" : "grid", x1: area.left, x2: WIDTH - EDGE.right, y1: area.y(value), y2: area.y(value) }),
      svg("text", { class: "tick", x: area.left - 8, y: area.y(value) + 4, "text-anchor": "end" }, short(value)),
    ]),
    area.labels.map((label, index) => index % every ? null
      : svg("text", { class: "tick", x: area.x(index), y: area.bottom + 16, "text-anchor": "middle" }, label)),
  ];
}

function axisNames(config, area) {
  const middle = (EDGE.top + area.bottom) / 2;
  return [
    config.x_label ? svg("text", { class: "tick", x: (area.left + WIDTH) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, config.x_label) : null,
    config.y_label ? svg("text", { class: "tick", x: 12, y: middle, transform: `rotate(-90 12 ${middle})`, "text-anchor": "middle" }, config.y_label) : null,
  ];
}

function bars(area) {
  const width = Math.min((area.step * 0.72) / area.rows.length, 56);
  return area.rows.flatMap((row, series) => row.map((value, index) => {
    const x = area.x(index) + (series - area.rows.length / 2) * width;
    const [top, foot] = [area.y(Math.max(value, 0)), area.y(Math.min(value, 0))];
    return svg("rect", { x: x + 1, y: top, width: Math.max(width - 2, 1), height: foot - top, rx: 2, fill: COLOURS[series % 6] },
      svg("title", {}, said(area, series, index, value)));
  }));
}

function curves(area, filled) {
  return area.rows.map((row, series) => {
    const points = row.map((value, index) => `${area.x(index)},${area.y(value)}`);
    const colour = COLOURS[series % 6];
    const floor = [`${area.x(row.length - 1)},${area.y(0)}`, `${area.x(0)},${area.y(0)}`];
    return [
      filled ? svg("polygon", { points: [...points, ...floor].join(" "), fill: colour, "fill-opacity": 0.25 }) : null,
      svg("polyline", { points: points.join(" "), fill: "none", stroke: colour, "stroke-width": 2.2, "stroke-linejoin": "round" }),
      row.map((value, index) => svg("circle", { cx: area.x(index), cy: area.y(value), r: 3, fill: colour },
        svg("title", {}, said(area, series, index, value)))),
    ];
  });
}

function said(area, series, index, value) {
  return `${area.names[series]}, ${area.labels[index]}: ${value.toLocaleString("en")}`;
}

function pie(spec) {
  const total = spec.segments.reduce((sum, one) => sum + one.value, 0);
  const [cx, cy, r] = [WIDTH / 2, HEIGHT / 2, HEIGHT / 2 - 10];
  const at = (share) => [cx + r * Math.sin(share * 2 * Math.PI), cy - r * Math.cos(share * 2 * Math.PI)];
  let from = 0;
  return canvas("chart", spec.segments.map((one, index) => {
    const to = from + one.value / total;
    const title = svg("title", {}, `${one.label}: ${one.value.toLocaleString("en")}`);
    const slice = to - from > 0.9999
      ? svg("circle", { cx, cy, r, fill: COLOURS[index % 6] }, title)
      : svg("path", { d: `M${cx},${cy} L${at(from)} A${r},${r} 0 ${to - from > 0.5 ? 1 : 0} 1 ${at(to)} Z`, fill: COLOURS[index % 6], stroke: "#fff", "stroke-width": 1.5 }, title);
    from = to;
    return slice;
  }));
}
