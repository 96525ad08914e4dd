package dev.weir.flink.state.snapshot;

import dev.weir.rocksdb.FileCut;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.SnapshotResources;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * The keyed state of one subtask as it was at one moment, in the files of its database. Made by the subtask's thread, written
 * and released by another one.
 *
 * @param keySerializer the writing thread's own
 * @param states whose values are in the database
 * @param files of the database; null where it has no state
 * @param rest what is not in the database
 */
public record DatabaseCut<K>(
        TypeSerializer<K> keySerializer,
        List<StateMetaInfoSnapshot> states,
        @Nullable FileCut files,
        BackendCut<K> rest)
        implements SnapshotResources {

    @Override
    public void release() {
        if (files != null) {
            files.close();
        }
        rest.release();
    }
}
