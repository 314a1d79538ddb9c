import { render } from 'preact';
import { App } from './page/App.tsx';
import './page/style.css';

render(<App />, document.querySelector('#app')!);
