package dev.weir.it.interchange.job;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A two-phase sink: lines go to the desk when the checkpoint that they belong to is complete, under an id by which the desk
 * knows those it has already. Each writer also counts its lines, in its state, and tells the count at the end of its input.
 */
public final class Lines implements Sink<String>, SupportsWriterState<String, Long>, SupportsCommitter<List<String>> {
    private static final long serialVersionUID = 1L;

    private final Leg leg;

    public Lines(Leg leg) {
        this.leg = leg;
    }

    @Override
    public Writer createWriter(WriterInitContext context) {
        return restoreWriter(context, List.of());
    }

    @Override
    public Writer restoreWriter(WriterInitContext context, Collection<Long> counts) {
        return new Writer(
                leg.name() + "/" + context.getTaskInfo().getIndexOfThisSubtask(),
                counts.stream().mapToLong(Long::longValue).sum());
    }

    @Override
    public Committer<List<String>> createCommitter(CommitterInitContext context) {
        return new ToDesk(leg.port());
    }

    @Override
    public SimpleVersionedSerializer<Long> getWriterStateSerializer() {
        return new Text<>() {
            @Override
            String text(Long count) {
                return count.toString();
            }

            @Override
            Long of(String text) {
                return Long.valueOf(text);
            }
        };
    }

    @Override
    public SimpleVersionedSerializer<List<String>> getCommittableSerializer() {
        return new Text<>() {
            @Override
            String text(List<String> lines) {
                return String.join("\n", lines);
            }

            @Override
            List<String> of(String text) {
                return List.of(text.split("\n", -1));
            }
        };
    }

    static final class Writer implements StatefulSinkWriter<String, Long>, CommittingSinkWriter<String, List<String>> {
        private final String id;
        private final List<String> lines = new ArrayList<>();
        private long count;
        private long committables;

        private Writer(String id, long count) {
            this.id = id;
            this.count = count;
        }

        @Override
        public void write(String line, Context context) {
            lines.add(line);
            count++;
        }

        @Override
        public void flush(boolean endOfInput) {
            if (endOfInput) {
                lines.add("written " + count);
                count = 0;
            }
        }

        @Override
        public Collection<List<String>> prepareCommit() {
            if (lines.isEmpty()) {
                return List.of();
            }
            List<String> committable = new ArrayList<>();
            committable.add(id + "/" + committables++);
            committable.addAll(lines);
            lines.clear();
            return List.of(committable);
        }

        @Override
        public List<Long> snapshotState(long checkpoint) {
            return List.of(count);
        }

        @Override
        public void close() {}
    }

    private record ToDesk(int port) implements Committer<List<String>> {
        @Override
        public void commit(Collection<CommitRequest<List<String>>> requests) throws IOException {
            for (CommitRequest<List<String>> request : requests) {
                try (Socket desk = new Socket(InetAddress.getLoopbackAddress(), port);
                        BufferedReader answer = new BufferedReader(
                                new InputStreamReader(desk.getInputStream(), StandardCharsets.UTF_8))) {
                    String text = "commit " + String.join("\n", request.getCommittable()) + "\n";
                    desk.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
                    desk.shutdownOutput();
                    if (!"committed".equals(answer.readLine())) {
                        throw new IOException("the desk has hung up");
                    }
                }
            }
        }

        @Override
        public void close() {}
    }

    private abstract static class Text<T> implements SimpleVersionedSerializer<T> {
        abstract String text(T value);

        abstract T of(String text);

        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(T value) {
            return text(value).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public T deserialize(int version, byte[] serialized) {
            return of(new String(serialized, StandardCharsets.UTF_8));
        }
    }
}
