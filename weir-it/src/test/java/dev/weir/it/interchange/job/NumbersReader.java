package dev.weir.it.interchange.job;

import dev.weir.it.interchange.job.Numbers.Split;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.jspecify.annotations.Nullable;

/**
 * Reads all its splits side by side up to the limit that the desk has given, and tells it when it is there. A thread of its
 * own listens to the desk; all else is the task's.
 */
final class NumbersReader implements SourceReader<Long, Split> {
    private final Leg leg;
    private final SourceReaderContext context;
    private final Map<String, Split> splits = new TreeMap<>();
    private volatile CompletableFuture<Void> available = CompletableFuture.completedFuture(null);
    private volatile long limit;
    private @Nullable Socket desk;
    private long reached = -1;
    // the first checkpoint that was taken where the first limit ends
    private long firstAtLimit = -1;
    private boolean told;
    // as long as none has come: the early ones come without being asked for
    private boolean asked = true;
    private boolean noMoreSplits;

    NumbersReader(Leg leg, SourceReaderContext context) {
        this.leg = leg;
        this.context = context;
    }

    @Override
    public void start() {
        try {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), leg.port());
            desk = socket;
            say("reader " + leg.name());
            Thread listener = new Thread(() -> listen(socket), "limits of " + context.getIndexOfSubtask());
            listener.setDaemon(true);
            listener.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void say(String line) throws IOException {
        Socket socket = desk;
        if (socket != null) {
            socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private void listen(Socket socket) {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                limit = Long.parseLong(line);
                available.complete(null);
            }
        } catch (IOException e) {
            // the reader is closed
            available.complete(null);
        }
    }

    @Override
    public InputStatus pollNext(ReaderOutput<Long> output) throws IOException {
        long until = limit;
        for (Iterator<Split> all = splits.values().iterator(); all.hasNext(); ) {
            Split split = all.next();
            if (split.next() >= split.end()) {
                output.releaseOutputForSplit(split.splitId());
                all.remove();
                return InputStatus.MORE_AVAILABLE;
            }
            if (split.next() < until) {
                output.createOutputForSplit(split.splitId()).collect(split.next(), split.next() * Journey.MILLIS);
                splits.put(
                        split.splitId(),
                        new Split(split.number(), split.next() + split.step(), split.step(), split.end()));
                return InputStatus.MORE_AVAILABLE;
            }
        }
        if (splits.isEmpty() && noMoreSplits) {
            return InputStatus.END_OF_INPUT;
        }
        available = new CompletableFuture<>();
        if (limit != until) {
            available.complete(null);
            return InputStatus.MORE_AVAILABLE;
        }
        if (splits.isEmpty() && !asked) {
            asked = true;
            context.sendSplitRequest();
        } else if (!splits.isEmpty() && reached < until) {
            reached = until;
            say("at " + until);
        }
        return InputStatus.NOTHING_AVAILABLE;
    }

    @Override
    public List<Split> snapshotState(long checkpoint) {
        if (firstAtLimit < 0 && reached >= 0 && reached == limit) {
            firstAtLimit = checkpoint;
        }
        return List.copyOf(splits.values());
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) throws IOException {
        if (firstAtLimit >= 0 && checkpoint >= firstAtLimit && !told) {
            told = true;
            say("kept " + reached);
        }
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return available;
    }

    @Override
    public void addSplits(List<Split> added) {
        added.forEach(split -> splits.put(split.splitId(), split));
        asked = false;
        available.complete(null);
    }

    @Override
    public void notifyNoMoreSplits() {
        noMoreSplits = true;
        available.complete(null);
    }

    @Override
    public void close() throws IOException {
        Socket socket = desk;
        if (socket != null) {
            socket.close();
        }
    }
}
