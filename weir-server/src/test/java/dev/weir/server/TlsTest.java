package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.SecurityOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsTest {
    private static final String PASSWORD = "password";

    @TempDir
    private static Path keystores;

    @TempDir
    private Path directory;

    private static Path keystore(String type) throws Exception {
        Path keystore = keystores.resolve("keystore." + type);
        if (Files.exists(keystore)) {
            return keystore;
        }
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        keystore.toString(),
                        "-storetype",
                        type,
                        "-storepass",
                        PASSWORD,
                        "-keypass",
                        PASSWORD,
                        "-alias",
                        "weir",
                        "-keyalg",
                        "RSA",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=ip:127.0.0.1")
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        return keystore;
    }

    private static KeyStore read(Path keystore, String type) throws Exception {
        KeyStore read = KeyStore.getInstance(type);
        try (InputStream in = Files.newInputStream(keystore)) {
            read.load(in, PASSWORD.toCharArray());
        }
        return read;
    }

    /** A client that trusts the server, and may show that it is one that the server can trust. */
    private static HttpClient client(KeyStore trusted, boolean known) throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(trusted, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(known ? keys.getKeyManagers() : null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    @Test
    void requestsGoOverTlsAndAreGuardedThere() throws Exception {
        Path keystore = keystore("PKCS12");
        Configuration configuration = new Configuration()
                .set(SecurityOptions.SSL_REST_ENABLED, true)
                .set(SecurityOptions.SSL_REST_KEYSTORE, keystore.toString())
                .set(SecurityOptions.SSL_REST_KEYSTORE_PASSWORD, PASSWORD)
                .set(SecurityOptions.SSL_REST_KEY_PASSWORD, PASSWORD);
        try (RunningJobs jobs = new RunningJobs(configuration, directory)) {
            String url = jobs.server.url();
            assertThat(url).startsWith("https://");
            HttpClient client = client(read(keystore, "PKCS12"), false);
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

    private Configuration authenticating(Path keystore) {
        Configuration configuration = new Configuration();
        String prefix = "security.ssl.rest.";
        Map.of(
                        "enabled",
                        "true",
                        "authentication-enabled",
                        "true",
                        "keystore",
                        keystore.toString(),
                        "keystore-password",
                        PASSWORD,
                        "key-password",
                        PASSWORD,
                        "keystore-type",
                        "JCEKS",
                        "truststore",
                        keystore.toString(),
                        "truststore-password",
                        PASSWORD,
                        "truststore-type",
                        "JCEKS")
                .forEach((key, value) -> configuration.setString(prefix + key, value));
        return configuration;
    }

    private int answer(Configuration configuration, HttpClient client) throws Exception {
        try (RunningJobs jobs = new RunningJobs(configuration, directory)) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(jobs.server.url() + "overview"))
                    .build();
            return client.send(request, BodyHandlers.discarding()).statusCode();
        }
    }

    @Test
    void clientsAreAskedForACertificateAsConfigured() throws Exception {
        Path keystore = keystore("JCEKS");
        KeyStore entries = read(keystore, "JCEKS");
        byte[] digest = MessageDigest.getInstance("SHA-1")
                .digest(entries.getCertificate("weir").getEncoded());
        String fingerprint = HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
        digest[0]++;
        String other = HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);

        assertThat(answer(authenticating(keystore), client(entries, true))).isEqualTo(200);
        assertThatThrownBy(() -> answer(authenticating(keystore), client(entries, false)))
                .isInstanceOf(IOException.class);
        Configuration printed = authenticating(keystore);
        printed.setString("security.ssl.rest.cert.fingerprint", fingerprint);
        assertThat(answer(printed, client(entries, true))).isEqualTo(200);
        printed.setString("security.ssl.rest.cert.fingerprint", other);
        assertThatThrownBy(() -> answer(printed, client(entries, true))).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "keystore-type, PKCS12",
        "truststore-type, PKCS12",
        "keystore-password, wrong-password",
        "key-password, wrong-password",
        "truststore-password, wrong-password",
        "keystore, /none",
        "truststore, /none"
    })
    void whatCannotBeReadIsSaid(String key, String value) throws Exception {
        Configuration configuration = authenticating(keystore("JCEKS"));
        configuration.setString("security.ssl.rest." + key, value);
        assertThatThrownBy(() -> new RunningJobs(configuration, directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no REST server");
    }
}
