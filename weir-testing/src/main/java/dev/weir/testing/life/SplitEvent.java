package dev.weir.testing.life;

import java.util.List;

/** What a coordinator tells a source's subtask. */
sealed interface SplitEvent {
    /** More to read. */
    record Assigned(List<Split> splits) implements SplitEvent {}

    /** There will be no more. */
    record NoMore() implements SplitEvent {}
}
