package dev.weir.server;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Answers to what many clients look at. While a page is asked for more than {@value #BUSY_REQUESTS} times a second, an answer
 * serves for a second; whoever asks alone gets each answer new. Bounded in pages and bytes. Thread-safe.
 */
final class ResponseCache {
    static final int BUSY_REQUESTS = 5;
    static final int PAGES_MAX = 256;
    static final int BYTES_MAX = 4 << 20;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Of status 200; the body is not to be changed. */
    record Response(HttpHeaders headers, byte[] body) {}

    /** What is to be given back with the answer to a request, so that none is kept that is older than a change. */
    record Miss(String uri, long nanos, long generation) {}

    private static final class Page {
        private long second;
        private int requests;
        private int requestsBefore;
        private long nanos;
        private @Nullable Response response;

        void asked(long now) {
            long current = Math.floorDiv(now, SECOND);
            if (current != second) {
                requestsBefore = current == second + 1 ? requests : 0;
                requests = 0;
                second = current;
            }
            requests++;
        }

        boolean isBusy() {
            return Math.max(requests, requestsBefore) > BUSY_REQUESTS;
        }

        int bytes() {
            return response == null ? 0 : response.body.length;
        }
    }

    private final LongSupplier clock;
    private final Map<String, Page> pages = new HashMap<>();
    private long generation;
    private int bytes;

    /** @param clock in nanoseconds */
    ResponseCache(LongSupplier clock) {
        this.clock = clock;
    }

    /** The {@link Response} for a request, or the {@link Miss} where it has to be made. */
    synchronized Object ask(String uri) {
        long now = clock.getAsLong();
        Page page = pages.get(uri);
        if (page == null) {
            if (pages.size() == PAGES_MAX) {
                clear();
            }
            page = new Page();
            pages.put(uri, page);
        }
        page.asked(now);
        return page.response != null && page.isBusy() && now - page.nanos < SECOND
                ? page.response
                : new Miss(uri, now, generation);
    }

    /** Serves from now on if the page is still asked for often. */
    synchronized void keep(Miss asked, Response response) {
        Page page = pages.get(asked.uri);
        if (page == null || !page.isBusy() || asked.generation != generation || response.body.length > BYTES_MAX) {
            return;
        }
        bytes += response.body.length - page.bytes();
        page.nanos = asked.nanos;
        page.response = response;
        if (bytes > BYTES_MAX) {
            clear();
        }
    }

    /** Something may have changed: no answer from before serves any more. */
    synchronized void changed() {
        generation++;
        clear();
    }

    private void clear() {
        pages.clear();
        bytes = 0;
    }
}
