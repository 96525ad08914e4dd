package dev.weir.flink.session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Shows in the test's output only what was committed. */
final class CommittingSink implements Sink<Long>, SupportsCommitter<String> {

    @Override
    public CommittingSinkWriter<Long, String> createWriter(WriterInitContext context) {
        return new CommittingSinkWriter<>() {
            private final List<String> written = new ArrayList<>();

            @Override
            public void write(Long element, Context context) {
                written.add(String.valueOf(element));
            }

            @Override
            public void flush(boolean endOfInput) {}

            @Override
            public Collection<String> prepareCommit() {
                List<String> ready = List.copyOf(written);
                written.clear();
                return ready;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Committer<String> createCommitter(CommitterInitContext context) {
        return new Committer<>() {
            @Override
            public void commit(Collection<CommitRequest<String>> requests) {
                requests.forEach(request -> WeirSessionTest.OUTPUT.add(request.getCommittable()));
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public SimpleVersionedSerializer<String> getCommittableSerializer() {
        return new SimpleVersionedSerializer<>() {
            @Override
            public int getVersion() {
                return 1;
            }

            @Override
            public byte[] serialize(String committable) {
                return committable.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            }

            @Override
            public String deserialize(int version, byte[] serialized) {
                return new String(serialized, java.nio.charset.StandardCharsets.UTF_8);
            }
        };
    }
}
