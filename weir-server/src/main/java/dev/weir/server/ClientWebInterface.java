package dev.weir.server;

import dev.weir.client.WebInterface;
import dev.weir.flink.session.WeirSession;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The server of a session that Flink's client has opened. */
public final class ClientWebInterface implements WebInterface {
    @Override
    public @Nullable Opened open(WeirSession session) throws IOException {
        Optional<RestSettings> settings = RestSettings.of(session.configuration(), null);
        return settings.isEmpty() ? null : RestServer.open(session, settings.get(), job -> {});
    }
}
