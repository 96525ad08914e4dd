package dev.weir.bench.input;

/** A POJO as Flink knows it: public fields and a constructor without arguments. */
public final class Click {
    /** Who clicked. */
    public long user;

    /** When, in milliseconds; even. */
    public long time;

    /** What it was worth. */
    public long amount;

    /** For Flink. */
    public Click() {}

    /** The click at a position of an input. */
    public static Click at(Stream input, long i) {
        Click click = new Click();
        click.user = input.key(i);
        click.time = input.evenTime(i);
        click.amount = input.value(i);
        return click;
    }
}
