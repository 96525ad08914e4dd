package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.flink.session.WeirSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.SecurityOptions;
import org.apache.flink.configuration.WebOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestSettingsTest {
    private static final String TOKEN = "0123456789abcdef";

    private static RestSettings of(Configuration configuration) {
        return RestSettings.of(configuration, "file:/savepoints").orElseThrow();
    }

    @Test
    void withNothingSetItIsLoopbackAndAPortNearFlinks() {
        Configuration read = of(new Configuration()).configuration();

        assertThat(read.get(RestOptions.BIND_ADDRESS)).isEqualTo("127.0.0.1");
        assertThat(read.get(RestOptions.BIND_PORT)).isEqualTo("8081-8180");
        assertThat(read.get(CheckpointingOptions.SAVEPOINT_DIRECTORY)).isEqualTo("file:/savepoints");
    }

    @Test
    void itCanBeSwitchedOff() {
        assertThat(RestSettings.of(new Configuration().set(ServerOptions.ENABLED, false), "file:/savepoints"))
                .isEmpty();
    }

    @Test
    void portsAreFlinks() {
        assertThat(of(new Configuration().set(RestOptions.PORT, 9000))
                        .configuration()
                        .get(RestOptions.BIND_PORT))
                .isEqualTo("9000-9099");
        assertThat(of(new Configuration().set(RestOptions.PORT, 9000).set(RestOptions.BIND_PORT, "50100,50101"))
                        .configuration()
                        .get(RestOptions.BIND_PORT))
                .isEqualTo("50100,50101");
    }

    @Test
    void aTakenPortMovesOnAndATakenRangeIsSaid(@TempDir Path directory) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                WeirSession session = new WeirSession(new Configuration())) {
            int port = taken.getLocalPort();
            try (RestServer server =
                    RestServer.open(session, of(new Configuration().set(RestOptions.PORT, port)), job -> {})) {
                assertThat(URI.create(server.url()).getPort()).isGreaterThan(port);
            }
            assertThatThrownBy(() -> RestServer.open(
                            session,
                            of(new Configuration().set(RestOptions.BIND_PORT, Integer.toString(port))),
                            job -> {}))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("port range " + port);
        }
    }

    @Test
    void beyondLoopbackTlsAndATokenAreNeeded() {
        Configuration open = new Configuration().set(RestOptions.BIND_ADDRESS, "0.0.0.0");
        assertThatThrownBy(() -> of(open))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessage("rest.bind-address=0.0.0.0 is beyond loopback, where TLS and a token are needed: set"
                        + " security.ssl.rest.enabled and weir.rest.token, or weir.rest.insecure=true to let whoever"
                        + " reaches the port control the jobs");
        Configuration token = new Configuration(open).set(ServerOptions.TOKEN, TOKEN);
        assertThatThrownBy(() -> of(token)).isInstanceOf(IllegalConfigurationException.class);
        Configuration tls = new Configuration(open).set(SecurityOptions.SSL_REST_ENABLED, true);
        assertThatThrownBy(() -> of(tls)).isInstanceOf(IllegalConfigurationException.class);
        assertThatThrownBy(() -> of(new Configuration(tls).set(ServerOptions.TOKEN, "short")))
                .isInstanceOf(IllegalConfigurationException.class);

        assertThat(of(new Configuration(tls).set(ServerOptions.TOKEN, TOKEN)).warning())
                .isNull();
        assertThat(of(new Configuration(open).set(ServerOptions.INSECURE, true)).warning())
                .isEqualTo(
                        "rest.bind-address=0.0.0.0: whoever reaches the port controls the jobs, as weir.rest.insecure"
                                + " allows");
        assertThat(of(new Configuration().set(RestOptions.BIND_ADDRESS, "localhost"))
                        .warning())
                .isNull();
    }

    @Test
    void jobsAreTakenWithATokenOnly() {
        Configuration submission = new Configuration().set(WebOptions.SUBMIT_ENABLE, true);
        assertThatThrownBy(() -> of(submission))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessageContaining("set weir.rest.token too");
        assertThat(of(submission.set(ServerOptions.TOKEN, TOKEN)).uploadBytesMax())
                .isEqualTo(104_857_600);
        assertThat(of(new Configuration().set(ServerOptions.TOKEN, TOKEN)).uploadBytesMax())
                .isZero();
    }

    @Test
    void aTokenIsNoSentenceAndNotShort() {
        for (String token : new String[] {"", "0123456789abcde", TOKEN + " ", TOKEN + "\r\nX: y", TOKEN + ";x"}) {
            assertThatThrownBy(() -> of(new Configuration().set(ServerOptions.TOKEN, token)))
                    .isInstanceOf(IllegalConfigurationException.class)
                    .hasMessageContaining("at least 16 characters");
        }
    }

    @Test
    void everyOriginIsNoOrigin() {
        assertThatThrownBy(() -> of(new Configuration().set(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN, "*")))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessageContaining("name one origin");
    }

    @Test
    void anAddressThatIsNoneIsSaid() {
        assertThatThrownBy(() -> of(new Configuration().set(RestOptions.BIND_ADDRESS, "no.such.host.invalid")))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessageContaining("no.such.host.invalid");
    }
}
