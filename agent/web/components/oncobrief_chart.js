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

const FONT = 13;
let ruler;

// Plotly cuts a title that is longer than its axis: break it at blanks where it would not fit. The text is escaped
// already, and <br> is one of the few tags that plotly reads.
function wrapped(text, pixels) {
  ruler ??= document.createElement("canvas").getContext("2d");
  ruler.font = `${FONT}px ${colour("--sans")}`;
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && ruler.measureText(longer).width <= pixels) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join("<br>");
}

function titled(axis, pixels) {
  const text = axis?.title?.text;
  if (!text) return axis;
  return { ...axis, title: { standoff: 12, ...axis.title, text: wrapped(text, pixels), font: { size: FONT } } };
}

export default {
  props: { figure: String, label: String },
  async mounted() {
    const { Plotly } = await import("nicegui-plotly");
    this.plotly = Plotly;
    await this.draw();
    this.redraw = () => this.draw();
    document.addEventListener("oncobrief:theme", this.redraw);
    this.resized = new ResizeObserver(() => {
      // A turned phone, a dragged window: titles are broken anew.
      if (Math.abs(this.$el.clientWidth - this.width) > 20) this.draw();
      else this.plotly.Plots.resize(this.$el);
    });
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
      };
      const sized = (width, height) => ({
        ...layout,
        xaxis: { ...axis, automargin: true, ...titled(given.layout?.xaxis, width) },
        yaxis: { ...axis, automargin: true, ...titled(given.layout?.yaxis, height) },
      });
      const config = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
      this.width = this.$el.clientWidth;
      await this.plotly.react(this.$el, given.data, sized(this.width - 90, 300), config);
      // How much room the names at the other axis leave is only known once they are drawn.
      const room = this.$el._fullLayout?._size;
      if (room) await this.plotly.react(this.$el, given.data, sized(room.w, room.h), config);
      this.$el.dataset.drawn = "yes";
    },
  },
  render() {
    return Vue.h("div", { class: "chart", role: "figure", "aria-label": this.label });
  },
};
