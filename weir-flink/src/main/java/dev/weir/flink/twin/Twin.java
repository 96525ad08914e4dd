package dev.weir.flink.twin;

/** A link that stands for an operator. */
public interface Twin extends Link {

    /** Called once the operator is open, before the first record. */
    default void open() throws Exception {}

    /** Whether the operator's state and timers are at any moment those that its hosted twin would have. */
    default boolean keepsHostedState() {
        return true;
    }
}
