package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.SecurityOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
    private static final String PASSWORD = "password";

    @TempDir
    private Path directory;

    private Path keystore() throws Exception {
        Path keystore = directory.resolve("keystore.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        keystore.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-alias",
                        "weir",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=ip:127.0.0.1")
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        return keystore;
    }

    private static HttpClient trusting(Path keystore) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keystore)) {
            trusted.load(in, PASSWORD.toCharArray());
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    @Test
    void requestsGoOverTlsAndAreGuardedThere() throws Exception {
        Path keystore = keystore();
        Configuration configuration = new Configuration()
                .set(SecurityOptions.SSL_REST_ENABLED, true)
                .set(SecurityOptions.SSL_REST_KEYSTORE, keystore.toString())
                .set(SecurityOptions.SSL_REST_KEYSTORE_PASSWORD, PASSWORD)
                .set(SecurityOptions.SSL_REST_KEY_PASSWORD, PASSWORD);
        try (RunningJobs jobs = new RunningJobs(configuration, directory)) {
            String url = jobs.server.url();
            assertThat(url).startsWith("https://");
            HttpClient client = trusting(keystore);
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "overview"));

            assertThat(client.send(request.build(), BodyHandlers.ofString()).body())
                    .contains("\"taskmanagers\":1");
            String self = url.substring(0, url.length() - 1);
            assertThat(client.send(request.header("Origin", self).build(), BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(200);
            assertThat(client.send(
                                    request.setHeader("Origin", self.replace("https", "http"))
                                            .build(),
                                    BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(403);
            // whoever speaks plain HTTP is told where to go
            assertThat(new Http(url).get("/overview").status()).isEqualTo(301);
        }
    }
}
