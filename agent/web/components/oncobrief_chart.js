// An interactive figure in the colours of the page; the table beside it says the same in words.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// "var(--name)" in a figure stands for a colour of the style sheet, so that a figure follows the theme.
function coloured(value) {
  if (typeof value === "string") {
    const found = /^var\((--[a-z-]+)\)$/.exec(value);
    return found ? colour(found[1]) : value;
  }
  if (Array.isArray(value)) return value.map(coloured);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, coloured(held)]));
  }
  return value;
}

export default {
  props: { figure: String, label: String },
  async mounted() {
    const { Plotly } = await import("nicegui-plotly");
    this.plotly = Plotly;
    await this.draw();
    this.redraw = () => this.draw();
    document.addEventListener("oncobrief:theme", this.redraw);
    this.resized = new ResizeObserver(() => this.plotly.Plots.resize(this.$el));
    this.resized.observe(this.$el);
  },
  unmounted() {
    document.removeEventListener("oncobrief:theme", this.redraw);
    this.resized?.disconnect();
    if (this.plotly) this.plotly.purge(this.$el);
  },
  methods: {
    async draw() {
      const axis = { gridcolor: colour("--grid"), zerolinecolor: colour("--faint"), linecolor: colour("--faint") };
      const given = coloured(JSON.parse(this.figure));
      const layout = {
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { family: colour("--sans"), size: 13, color: colour("--soft") },
        margin: { l: 56, r: 16, t: 10, b: 48 },
        showlegend: false,
        hoverlabel: { bgcolor: colour("--card"), bordercolor: colour("--faint"), font: { color: colour("--ink") } },
        ...given.layout,
        xaxis: { ...axis, automargin: true, ...given.layout?.xaxis },
        yaxis: { ...axis, automargin: true, ...given.layout?.yaxis },
      };
      const config = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
      await this.plotly.react(this.$el, given.data, layout, config);
      this.$el.dataset.drawn = "yes";
    },
  },
  render() {
    return Vue.h("div", { class: "chart", role: "figure", "aria-label": this.label });
  },
};
