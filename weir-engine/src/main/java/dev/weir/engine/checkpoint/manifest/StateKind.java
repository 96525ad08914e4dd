package dev.weir.engine.checkpoint.manifest;

/** What some state is. The order is part of the format. */
public enum StateKind {
    /** Keyed state in the store. */
    MANAGED_KEYED,
    /** Keyed state that an operator wrote itself. */
    RAW_KEYED,
    /** Operator state in Flink's operator state backend. */
    MANAGED_OPERATOR,
    /** Operator state that an operator wrote itself. */
    RAW_OPERATOR,
    /** Records in flight that had reached the subtask. */
    INPUT_CHANNEL,
    /** Records in flight that had not left the subtask. */
    OUTPUT_CHANNEL,
    /** Keyed state in the store, as the files of a database. Since version 2. */
    KEYED_DATABASE;

    Class<? extends StatePart.Index> index() {
        return switch (this) {
            case MANAGED_KEYED, RAW_KEYED -> StatePart.KeyGroups.class;
            case MANAGED_OPERATOR, RAW_OPERATOR -> StatePart.NamedLists.class;
            case INPUT_CHANNEL, OUTPUT_CHANNEL -> StatePart.Channel.class;
            case KEYED_DATABASE -> StatePart.Database.class;
        };
    }
}
