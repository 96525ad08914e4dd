package dev.weir.it.programs;

import dev.weir.it.harness.Board;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A FLIP-27 source whose enumerator hands out one split at a request, discovers the splits asynchronously, and greets each
 * reader with an event that the reader answers before it asks for work. Each split is read through an output of its own.
 */
@SuppressWarnings("NonApiType") // ArrayList: what a checkpoint holds has to be Serializable
final class SplitSource
        implements Source<Reading, SplitSource.Split, ArrayList<SplitSource.Split>>, ResultTypeQueryable<Reading> {
    private static final long serialVersionUID = 1L;

    private final String runId;
    private final ArrayList<Split> splits;

    SplitSource(String runId, List<List<Reading>> splits) {
        this.runId = runId;
        this.splits = new ArrayList<>();
        for (int i = 0; i < splits.size(); i++) {
            this.splits.add(new Split("split-" + i, new ArrayList<>(splits.get(i))));
        }
    }

    record Split(String splitId, ArrayList<Reading> readings) implements SourceSplit, Serializable {}

    record Greeting(String text) implements SourceEvent {}

    @Override
    public TypeInformation<Reading> getProducedType() {
        return TypeInformation.of(Reading.class);
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SourceReader<Reading, Split> createReader(SourceReaderContext context) {
        return new Reader(context);
    }

    @Override
    public SplitEnumerator<Split, ArrayList<Split>> createEnumerator(SplitEnumeratorContext<Split> context) {
        return new Enumerator(context, splits, Board.of(runId));
    }

    @Override
    public SplitEnumerator<Split, ArrayList<Split>> restoreEnumerator(
            SplitEnumeratorContext<Split> context, ArrayList<Split> checkpoint) {
        return new Enumerator(context, checkpoint, Board.of(runId));
    }

    @Override
    public SimpleVersionedSerializer<Split> getSplitSerializer() {
        return new Serialized<>();
    }

    @Override
    public SimpleVersionedSerializer<ArrayList<Split>> getEnumeratorCheckpointSerializer() {
        return new Serialized<>();
    }

    private static final class Enumerator implements SplitEnumerator<Split, ArrayList<Split>> {
        private final SplitEnumeratorContext<Split> context;
        private final Board board;
        private final List<Split> toDiscover;
        private final Deque<Split> waiting = new ArrayDeque<>();
        private final Deque<Integer> asking = new ArrayDeque<>();
        private boolean discovered;

        private Enumerator(SplitEnumeratorContext<Split> context, List<Split> splits, Board board) {
            this.context = context;
            this.toDiscover = splits;
            this.board = board;
        }

        @Override
        public void start() {
            context.callAsync(() -> List.copyOf(toDiscover), (found, failure) -> {
                if (failure != null) {
                    throw new IllegalStateException(failure);
                }
                waiting.addAll(found);
                discovered = true;
                serve();
            });
        }

        @Override
        public void handleSplitRequest(int subtask, String host) {
            asking.add(subtask);
            serve();
        }

        private void serve() {
            while (discovered && !asking.isEmpty()) {
                int subtask = asking.remove();
                Split split = waiting.poll();
                if (split == null) {
                    context.signalNoMoreSplits(subtask);
                } else {
                    context.assignSplit(split, subtask);
                }
            }
        }

        @Override
        public void addReader(int subtask) {
            context.sendEventToSourceReader(subtask, new Greeting("hello"));
        }

        @Override
        public void handleSourceEvent(int subtask, SourceEvent event) {
            board.line("enumerator got " + ((Greeting) event).text());
        }

        @Override
        public void addSplitsBack(List<Split> splits, int subtask) {
            waiting.addAll(splits);
        }

        @Override
        public ArrayList<Split> snapshotState(long checkpoint) {
            return new ArrayList<>(waiting);
        }

        @Override
        public void close() {}
    }

    private static final class Reader implements SourceReader<Reading, Split> {
        private final SourceReaderContext context;
        private final Map<String, Deque<Reading>> splits = new LinkedHashMap<>();
        private CompletableFuture<Void> available = new CompletableFuture<>();
        private boolean noMoreSplits;

        private Reader(SourceReaderContext context) {
            this.context = context;
        }

        @Override
        public void start() {}

        @Override
        public void handleSourceEvents(SourceEvent event) {
            context.sendSourceEventToCoordinator(new Greeting(((Greeting) event).text() + " back"));
            context.sendSplitRequest();
        }

        @Override
        public InputStatus pollNext(ReaderOutput<Reading> output) {
            if (splits.isEmpty()) {
                available = noMoreSplits ? available : new CompletableFuture<>();
                return noMoreSplits ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
            }
            Map.Entry<String, Deque<Reading>> split =
                    splits.entrySet().iterator().next();
            Reading reading = split.getValue().poll();
            if (reading != null) {
                output.createOutputForSplit(split.getKey()).collect(reading, reading.time);
            } else {
                output.releaseOutputForSplit(split.getKey());
                splits.remove(split.getKey());
                context.sendSplitRequest();
            }
            return InputStatus.MORE_AVAILABLE;
        }

        @Override
        public List<Split> snapshotState(long checkpoint) {
            List<Split> state = new ArrayList<>();
            splits.forEach((id, readings) -> state.add(new Split(id, new ArrayList<>(readings))));
            return state;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return available;
        }

        @Override
        public void addSplits(List<Split> added) {
            added.forEach(split -> splits.put(split.splitId(), new ArrayDeque<>(split.readings())));
            available.complete(null);
        }

        @Override
        public void notifyNoMoreSplits() {
            noMoreSplits = true;
            available.complete(null);
        }

        @Override
        public void pauseOrResumeSplits(Collection<String> splitsToPause, Collection<String> splitsToResume) {}

        @Override
        public void close() {}
    }

    private static final class Serialized<T> implements SimpleVersionedSerializer<T> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(T object) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(object);
            }
            return bytes.toByteArray();
        }

        @Override
        @SuppressWarnings("unchecked")
        public T deserialize(int version, byte[] serialized) throws IOException {
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(serialized))) {
                return (T) in.readObject();
            } catch (ClassNotFoundException e) {
                throw new IOException(e);
            }
        }
    }
}
