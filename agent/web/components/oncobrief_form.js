// A form that sends its named fields to the server as one object; the button that was pressed is `action`.
export default {
  props: { clear: Boolean, label: String },
  emits: ["send"],
  methods: {
    submit(event) {
      event.preventDefault();
      const values = Object.fromEntries(new FormData(this.$el));
      const pressed = event.submitter;
      if (pressed?.name) values[pressed.name] = pressed.value;
      this.$emit("send", values);
      if (this.clear) this.$el.reset();
    },
    keys(event) {
      // Enter sends from a one-line field anyway; in a text area that asks for it, Shift+Enter makes a new line.
      const field = event.target;
      if (event.key === "Enter" && !event.shiftKey && field.dataset?.enter === "send") {
        event.preventDefault();
        this.$el.requestSubmit();
      }
    },
  },
  render() {
    const slot = this.$slots.default?.();
    return Vue.h("form", { "aria-label": this.label, onSubmit: this.submit, onKeydown: this.keys }, slot);
  },
};
