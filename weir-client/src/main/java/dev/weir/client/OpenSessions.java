package dev.weir.client;

import dev.weir.flink.session.WeirSession;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of this process by their cluster id. Static, since Flink makes a new factory, descriptor and executor
 * for every use and hands nothing but a configuration from one to the other; what a cluster's address is elsewhere, is
 * this table here. A session is in it from its deployment to its shutdown.
 */
final class OpenSessions {
    private static final Logger LOG = LoggerFactory.getLogger(OpenSessions.class);
    private static final Map<String, OpenSession> BY_ID = new ConcurrentHashMap<>();

    private OpenSessions() {}

    /** A session, and its web interface when somebody has asked for that. */
    private static final class OpenSession {
        private final WeirSession session;
        private WebInterface.@Nullable Opened web;
        private boolean asked;

        OpenSession(WeirSession session) {
            this.session = session;
        }

        synchronized Optional<String> url() {
            if (!asked) {
                asked = true;
                for (WebInterface each : ServiceLoader.load(WebInterface.class, WebInterface.class.getClassLoader())) {
                    try {
                        web = each.open(session);
                    } catch (IOException | RuntimeException e) {
                        LOG.warn("the session has no web interface", e);
                    }
                }
            }
            return Optional.ofNullable(web).map(WebInterface.Opened::url);
        }

        void close() {
            session.close();
            WebInterface.Opened opened;
            synchronized (this) {
                asked = true;
                opened = web;
            }
            if (opened != null) {
                opened.close();
            }
        }
    }

    /** Opens a session and gives its id. */
    static String open(Configuration configuration) {
        String id = "weir-" + UUID.randomUUID();
        Configuration own = new Configuration(configuration);
        own.set(WeirTarget.CLUSTER_ID, id);
        BY_ID.put(id, new OpenSession(new WeirSession(own)));
        return id;
    }

    static Optional<WeirSession> find(String id) {
        return Optional.ofNullable(BY_ID.get(id)).map(open -> open.session);
    }

    /** Where a session answers HTTP; opened by the first who asks, nothing where there is no server for it. */
    static Optional<String> webInterface(String id) {
        return Optional.ofNullable(BY_ID.get(id)).flatMap(OpenSession::url);
    }

    /** Closes a session, waiting for its jobs; nothing happens where it is closed already. */
    static void close(String id) {
        OpenSession open = BY_ID.remove(id);
        if (open != null) {
            open.close();
        }
    }
}
