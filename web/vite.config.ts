// Builds the workbench into `dist/app`, from where `build.rs` takes it into the
// program. Everything is a file of its own: the service's content security
// policy allows no inline script or style.
import { defineConfig } from 'vite';

/** Where the service is that a development server asks. */
const service = { target: process.env['EINKLANG_URL'] ?? 'http://127.0.0.1:7700', changeOrigin: false };

export default defineConfig({
  base: '/',
  publicDir: false,
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    cssCodeSplit: false,
  },
  server: { proxy: { '/v1': service } },
  preview: { proxy: { '/v1': service } },
});
