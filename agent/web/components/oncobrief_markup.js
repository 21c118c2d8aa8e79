// Shows markup that the server has made and escaped. A render function, as a template would need unsafe-eval.
export default {
  props: { content: String, tag: { type: String, default: "div" } },
  data: () => ({ shown: null }),
  mounted() {
    this.show();
  },
  updated() {
    this.show();
  },
  methods: {
    show() {
      if (this.content === this.shown) return;
      this.$el.innerHTML = this.content;
      this.shown = this.content;
      document.dispatchEvent(new CustomEvent("oncobrief:shown", { detail: this.$el }));
    },
  },
  render() {
    return Vue.h(this.tag, { "data-shown": this.content.length });
  },
};
