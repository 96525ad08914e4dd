package dev.weir.engine.memory;

import java.util.List;

/** Why sizes do not fit together, before it is known what would help. */
final class Contradiction extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final BudgetException.Kind kind;
    private final transient List<Remedy> remedies;

    Contradiction(BudgetException.Kind kind, String message, List<Remedy> remedies) {
        super(message, null, false, false);
        this.kind = kind;
        this.remedies = List.copyOf(remedies);
    }

    BudgetException.Kind kind() {
        return kind;
    }

    List<Remedy> remedies() {
        return remedies;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
