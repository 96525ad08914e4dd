package dev.weir.flink.state.snapshot;

import java.util.List;
import org.apache.flink.runtime.state.KeyedStateHandle;

/** Keyed state in several parts, some of which earlier checkpoints may have too. Never leaves the process: checkpoints have its parts. */
public interface PartedKeyedState extends KeyedStateHandle {

    /** What goes into the checkpoint. */
    List<? extends KeyedStateHandle> parts();
}
