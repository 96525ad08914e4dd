package dev.weir.client;

import dev.weir.flink.session.WeirSession;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Opens an HTTP interface to a session when somebody asks a client for its address. Found as a service, so that clients need
 * no server: where there is none, there is no address.
 */
public interface WebInterface {
    /**
     * Opens one.
     *
     * @return null where the session's configuration wants none
     * @throws IOException where it cannot be had
     */
    @Nullable
    Opened open(WeirSession session) throws IOException;

    /** Answers until closed. */
    interface Opened extends AutoCloseable {
        String url();

        @Override
        void close();
    }
}
