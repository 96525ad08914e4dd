package dev.weir.flink.session;

import java.io.IOException;
import java.util.List;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.StreamStateHandle;

/** For a subtask that comes to a checkpoint when it has been given up already: nothing can be written. Stateless. */
record GivenUpStreams(long checkpointId) implements CheckpointStreamFactory {

    @Override
    public CheckpointStateOutputStream createCheckpointStateOutputStream(CheckpointedStateScope scope)
            throws IOException {
        throw givenUp();
    }

    @Override
    public boolean canFastDuplicate(StreamStateHandle handle, CheckpointedStateScope scope) {
        return false;
    }

    @Override
    public List<StreamStateHandle> duplicate(List<StreamStateHandle> handles, CheckpointedStateScope scope)
            throws IOException {
        throw givenUp();
    }

    private IOException givenUp() {
        return new IOException("checkpoint " + checkpointId + " was given up");
    }
}
