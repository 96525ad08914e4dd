package dev.weir.flink.session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Shows in the test's output only what was committed. A commit that comes again after a failure changes nothing, as the
 * contract of committers wants; a record that is written again is another commit.
 */
class CommittingSink implements Sink<Long>, SupportsCommitter<String> {
    private static final AtomicLong WRITTEN = new AtomicLong();
    private static final Set<String> COMMITTED = ConcurrentHashMap.newKeySet();

    @Override
    public CommittingSinkWriter<Long, String> createWriter(WriterInitContext context) {
        return new CommittingSinkWriter<>() {
            private final List<String> written = new ArrayList<>();

            @Override
            public void write(Long element, Context context) {
                written.add(element + "#" + WRITTEN.incrementAndGet());
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
                for (CommitRequest<String> request : requests) {
                    String committable = request.getCommittable();
                    if (COMMITTED.add(committable)) {
                        WeirSessionTest.OUTPUT.add(committable.substring(0, committable.indexOf('#')));
                    }
                }
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
