package dev.weir.client;

import dev.weir.flink.session.WeirSession;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.configuration.Configuration;

/**
 * The sessions of this process by their cluster id. Static, since Flink makes a new factory, descriptor and executor
 * for every use and hands nothing but a configuration from one to the other; what a cluster's address is elsewhere, is
 * this table here. A session is in it from its deployment to its shutdown.
 */
final class OpenSessions {
    private static final Map<String, WeirSession> BY_ID = new ConcurrentHashMap<>();

    private OpenSessions() {}

    /** Opens a session and gives its id. */
    static String open(Configuration configuration) {
        String id = "weir-" + UUID.randomUUID();
        Configuration own = new Configuration(configuration);
        own.set(WeirTarget.CLUSTER_ID, id);
        BY_ID.put(id, new WeirSession(own));
        return id;
    }

    static Optional<WeirSession> find(String id) {
        return Optional.ofNullable(BY_ID.get(id));
    }

    /** Closes a session, waiting for its jobs; nothing happens where it is closed already. */
    static void close(String id) {
        WeirSession session = BY_ID.remove(id);
        if (session != null) {
            session.close();
        }
    }
}
