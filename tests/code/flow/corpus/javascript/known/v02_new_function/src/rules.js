class RuleEngine {
  constructor(rules) {
    this.rules = rules;
    this.compiled = null;
  }

  compile() {
    this.compiled = this.rules.map((rule) => new Function('order', `return ${rule.expression};`)); // BAD: code-evaluation
    return this;
  }

  run(order) {
    return this.compiled.every((test) => test(order));
  }
}

module.exports = { RuleEngine };
