package dev.weir.it.interchange;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where the subtasks of a program, whichever process they are in, report to over the loopback device: readers ask how far to
 * read and say when they are there, committers bring lines, each committable once. Thread-safe; a thread for each caller.
 */
final class Desk implements AutoCloseable {
    private final ServerSocket server;
    private final List<OutputStream> readers = new ArrayList<>();
    private final Map<String, Integer> arrived = new HashMap<>();
    private final Set<String> committed = new HashSet<>();
    private final List<String> lines = new ArrayList<>();
    private long limit;
    private @Nullable Throwable failure;

    Desk() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "desk");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket caller = server.accept();
                daemon(() -> serve(caller));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket caller) {
        try (caller;
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(caller.getInputStream(), StandardCharsets.UTF_8))) {
            String first = in.readLine();
            if (first == null) {
                return;
            }
            String who = first.substring(first.indexOf(' ') + 1);
            if (first.startsWith("reader ")) {
                reader(who, in, caller.getOutputStream());
            } else {
                commit(who, in.lines().toList());
                caller.getOutputStream().write("committed\n".getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            // the caller's process or task is gone
        }
    }

    private void reader(String leg, BufferedReader in, OutputStream out) throws IOException {
        synchronized (this) {
            readers.add(out);
            tell(out);
        }
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            synchronized (this) {
                arrived.merge(leg + " " + line, 1, Integer::sum);
                notifyAll();
            }
        }
        synchronized (this) {
            readers.remove(out);
        }
    }

    private synchronized void commit(String id, List<String> brought) {
        if (committed.add(id)) {
            lines.addAll(brought);
            notifyAll();
        }
    }

    /** Lets all readers, those to come too, read up to a number. */
    synchronized void open(long number) {
        limit = number;
        readers.forEach(this::tell);
    }

    private void tell(OutputStream reader) {
        try {
            reader.write((limit + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // closed meanwhile
        }
    }

    /** Blocks until so many readers of a leg are at the limit. */
    synchronized void awaitReaders(String leg, int count) throws InterruptedException {
        await(() -> arrived.getOrDefault(leg + " at " + limit, 0) >= count);
    }

    /** Blocks until so many readers of a leg know of a checkpoint that was taken at the limit. */
    synchronized void awaitKept(String leg, int count) throws InterruptedException {
        await(() -> arrived.getOrDefault(leg + " kept " + limit, 0) >= count);
    }

    /** Blocks until so many of the lines brought are as asked for. */
    synchronized void awaitLines(long count, Predicate<String> which) throws InterruptedException {
        await(() -> lines.stream().filter(which).count() >= count);
    }

    private void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            if (failure != null) {
                throw new AssertionError("the job has failed", failure);
            }
            wait();
        }
    }

    /** Ends all waiting. */
    synchronized void fail(Throwable cause) {
        failure = cause;
        notifyAll();
    }

    /** All lines brought so far, in the order they came. */
    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
