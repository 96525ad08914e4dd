package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.TimerChanges;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The timers that a snapshot has for one queue, as they were at its cut. For the one thread that writes it. */
public interface CutTimers<T> {

    /** The timers of a key group, in no particular order. */
    List<T> ofKeyGroup(int keyGroup);

    /** How many these are. */
    default int size(int keyGroup) {
        return ofKeyGroup(keyGroup).size();
    }

    /** What {@link #since} of later cuts can refer to; nothing where these are not kept. */
    default OptionalInt version() {
        return OptionalInt.empty();
    }

    /** What has changed since an earlier cut; null where that was not kept. */
    default @Nullable TimerChanges<T> since(int earlierVersion) {
        return null;
    }
}
